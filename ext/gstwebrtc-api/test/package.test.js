/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What npm and script tags get: the bundles, as build.mjs makes them. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";

import { build } from "esbuild";
import { Linter } from "eslint";

import { module, script } from "../bundle.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const largest = 60000;

/**
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<string>}
 */
async function bundle(options) {
  const { outputFiles, warnings } = await build({ ...options, write: false });

  assert.deepEqual(warnings, []);
  return outputFiles?.find(({ path }) => path.endsWith(".js"))?.text ?? "";
}

describe("the package", () => {
  it(`has a script of at most ${largest} bytes that needs nothing`, async () => {
    const text = await bundle(script);
    /** @type {any} */
    const page = Object.assign(new EventTarget(), { EventTarget, Event });

    page.window = page;
    runInContext(text, createContext(page));
    assert.ok(text.length <= largest, `${text.length} bytes`);
    assert.equal(page.GstWebRTCAPI.SessionState.closed, 3);
    assert.ok("gstWebRTCAPI" in page);
  });

  it("has a script that old WebViews can read", async () => {
    const found = new Linter().verify(await bundle(script), {
      languageOptions: { ecmaVersion: 2017, sourceType: "script" },
    });

    assert.deepEqual(
      found.filter(({ fatal }) => fatal),
      []
    );
  });

  it("does not replace what a page has already", async () => {
    const page = /** @type {any} */ ({ EventTarget, Event, GstWebRTCAPI: 1 });

    page.window = page;
    runInContext(await bundle(script), createContext(page));
    assert.equal(page.GstWebRTCAPI, 1);
  });

  it("has a module with the class as its default export", async () => {
    const text = await bundle(module);
    const url = `data:text/javascript,${encodeURIComponent(text)}`;
    const { default: GstWebRTCAPI } = await import(url);

    assert.equal(GstWebRTCAPI.SessionState.idle, 0);
  });

  it("names files that it has", () => {
    const [{ files }] = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      })
    );
    const paths = files.map((/** @type {{ path: string }} */ { path }) => path);

    assert.equal(manifest.main, script.outfile);
    assert.equal(manifest.module, module.outfile);
    assert.equal(manifest.exports["."].import, `./${module.outfile}`);
    assert.ok(paths.includes(manifest.types));
    assert.ok(paths.includes("src/index.js") && paths.includes("index.html"));
    assert.equal(manifest.dependencies, undefined);
  });

  it("is installed by meson, too, with every file of the page", () => {
    const rules = readFileSync(`${folder}/meson.build`, "utf8");
    const files = readdirSync(folder).filter((name) => /^page.*js$/.test(name));

    assert.ok(files.length > 5);
    assert.deepEqual(
      files.filter((name) => !rules.includes(`'${name}'`)),
      []
    );
  });
});
