/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Bundles src/ into dist/: one script for a script tag, one module, and the
 * page. Nothing of this is needed to serve the page, which loads src/ as it
 * is.
 */

import { copyFile, rm } from "node:fs/promises";

import { build } from "esbuild";

import { module, page, script } from "./bundle.mjs";

const root = new URL(".", import.meta.url);

await rm(new URL("dist/", root), { recursive: true, force: true });
for (const options of [script, module, page]) {
  await build({ ...options, logLevel: "info" });
}
for (const name of ["index.html", "page.css"]) {
  await copyFile(new URL(name, root), new URL(`dist/${name}`, root));
}
