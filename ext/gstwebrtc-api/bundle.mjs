/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What dist/ is made of, for build.mjs and for the tests of it. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = new URL(".", import.meta.url);

export const { name, version } = JSON.parse(
  await readFile(new URL("package.json", root), "utf8")
);

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: fileURLToPath(root),
  bundle: true,
  minify: true,
  sourcemap: true,
  legalComments: "none",
  banner: { js: `/*! ${name} ${version}, LGPL-2.1-or-later */` },
};

/**
 * For a script tag, and for the WebViews of old phones.
 *
 * @satisfies {import("esbuild").BuildOptions}
 */
export const script = {
  ...common,
  entryPoints: ["src/index.js"],
  outfile: `dist/${name}-${version}.min.js`,
  format: /** @type {const} */ ("iife"),
  target: "es2017",
};

/** @satisfies {import("esbuild").BuildOptions} */
export const module = {
  ...common,
  entryPoints: ["src/index.js"],
  outfile: `dist/${name}-${version}.esm.js`,
  format: /** @type {const} */ ("esm"),
  target: "es2022",
};

/**
 * The page's own module.
 *
 * @satisfies {import("esbuild").BuildOptions}
 */
export const page = {
  ...common,
  entryPoints: ["page.js"],
  outfile: "dist/page.js",
  format: /** @type {const} */ ("esm"),
  target: "es2022",
};
