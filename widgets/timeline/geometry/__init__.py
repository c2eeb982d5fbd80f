"""Time and pixels, without a widget: scale, frames, ticks, hits, snapping, what is made."""
