"""tf.image: pictures as [height, width, channels] or [batch, height, width, channels]."""
