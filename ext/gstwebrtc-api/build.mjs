/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Bundles src/ into dist/: one script for a script tag, one module. Nothing
 * of this is needed to serve the page, which loads src/ as it is.
 */

import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const root = new URL(".", import.meta.url);
const { name, version } = JSON.parse(
  await readFile(new URL("package.json", root), "utf8")
);

await rm(new URL("dist/", root), { recursive: true, force: true });

for (const { format, suffix, target } of [
  { format: "iife", suffix: "min", target: "es2017" },
  { format: "esm", suffix: "esm", target: "es2022" },
]) {
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ["src/index.js"],
    outfile: `dist/${name}-${version}.${suffix}.js`,
    bundle: true,
    minify: true,
    sourcemap: true,
    legalComments: "none",
    banner: { js: `/*! ${name} ${version}, LGPL-2.1-or-later */` },
    logLevel: "info",
    format: /** @type {import("esbuild").Format} */ (format),
    target,
  });
}
