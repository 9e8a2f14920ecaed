"""tf.strings.unicode_…"""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    return {
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "rs": tf.ragged.constant([["a", "bc"], ["d"]]),
        "S": ["", "a", "abcd", "abcdefgh", "0123456789abcdef", "0123456789abcdefg", "x" * 33, "y" * 64, "z" * 65, "abc" * 100, "ñandú"],
    }


test_unicode = expression_table(
    r"""
    tf.strings.unicode_decode('ñandú','UTF-8')
    tf.strings.unicode_decode(['ab','ñ',''],'UTF-8')
    tf.strings.unicode_decode([['ab','ñ'],['','x']],'UTF-8')
    tf.strings.unicode_decode(tf.ragged.constant([['ab'],['ñ','c']]),'UTF-8')
    tf.strings.unicode_decode([b'a\xffb',b'\xe2\x82'],'UTF-8')
    tf.strings.unicode_decode([b'a\xffb'],'UTF-8',errors='ignore')
    tf.strings.unicode_decode([b'a\xffb'],'UTF-8',errors='strict')
    tf.strings.unicode_decode([b'a\xffb'],'UTF-8',replacement_char=63)
    tf.strings.unicode_decode([b'a\x01b'],'UTF-8',replace_control_characters=True)
    tf.strings.unicode_decode(['x'.encode('utf-16-be')],'UTF-16-BE')
    tf.strings.unicode_decode(['xy'.encode('utf-32-be')],'UTF-32-BE')
    tf.strings.unicode_decode(['x'],'FOO')
    tf.strings.unicode_decode(['x'],'latin1')
    tf.strings.unicode_decode_with_offsets('ñandú','UTF-8')
    tf.strings.unicode_decode_with_offsets(['añ😊b'],'UTF-8')
    tf.strings.unicode_decode_with_offsets([b'a\xffb'],'UTF-8')
    tf.strings.unicode_decode_with_offsets([b'a\xffb'],'UTF-8',errors='ignore')
    tf.strings.unicode_decode_with_offsets(['x😊'.encode('utf-16-be')],'UTF-16-BE')
    tf.strings.unicode_split('ñandú','UTF-8')
    tf.strings.unicode_split(['ab','ñ'],'UTF-8')
    tf.strings.unicode_split_with_offsets(['ab','ñc'],'UTF-8')
    tf.strings.unicode_split([b'a\xffb'],'UTF-8')
    tf.strings.unicode_encode([[97,241],[98,99]],'UTF-8')
    tf.strings.unicode_encode(tf.ragged.constant([[97,241],[]]),'UTF-8')
    tf.strings.unicode_encode([97,0x1F60A],'UTF-16-BE')
    tf.strings.unicode_encode([97,0x1F60A],'UTF-32-BE')
    tf.strings.unicode_encode([97,0xD800],'UTF-8')
    tf.strings.unicode_encode([97,-1],'UTF-8')
    tf.strings.unicode_encode([97,0xD800],'UTF-8',errors='ignore')
    tf.strings.unicode_encode([97,0xD800],'UTF-8',errors='strict')
    tf.strings.unicode_encode(97,'UTF-8')
    tf.strings.unicode_encode(tf.ragged.constant([[[97],[98,99]],[[]]]),'UTF-8')
    tf.strings.unicode_transcode(['ñ'],'UTF-8','UTF-16-BE')
    tf.strings.unicode_transcode([b'\xf1'],'latin1','UTF-8')
    tf.strings.unicode_transcode([b'\xf1'],'UTF-8','UTF-8')
    tf.strings.unicode_transcode([b'a\xf1b'],'UTF-8','UTF-8',errors='ignore')
    tf.strings.unicode_transcode([b'a\xf1b'],'UTF-8','UTF-8',errors='strict')
    tf.strings.unicode_transcode(['a\x00b\n'],'UTF-8','UTF-8',replace_control_characters=True)
    tf.strings.unicode_transcode([b'a'],'US-ASCII','UTF-8')
    tf.strings.unicode_transcode([b'a'],'nope','UTF-8')
    tf.strings.unicode_script([97,0x3b1,0x4e00,0x30,-1,0x110000])
    """,
    values,
)
