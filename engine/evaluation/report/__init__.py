"""The evaluation as JSON and as one HTML page, with plots as inline SVG."""
