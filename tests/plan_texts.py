"""Parts of plans that many tests share."""

RADAR_AND_CITY = """
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[assets]]
name = "city"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 5.0
value = 100.0
"""
