"""Files and formats: records, examples, codecs."""
