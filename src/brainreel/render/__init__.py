"""Frame and data to Image: views, volumes, surfaces, overlays."""
