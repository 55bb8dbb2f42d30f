/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Child processes of a test: what they print is kept for the error message,
 * and none outlives the test run.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";

import { until } from "./wait.mjs";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

process.on("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

const keptOutput = 8000;

export class Process {
  #child;
  #name;
  #exited;
  #output = "";
  #errors = "";

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env] added to our own
   */
  constructor(command, args, env = {}) {
    this.#name = command;
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(this.#child);
    this.#child.stdout.on("data", (data) => {
      this.#output += data;
    });
    this.#child.stderr.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-keptOutput);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#errors += `\n${error}`;
        resolve(undefined);
      });
      this.#child.on("close", resolve);
    }).then(() => {
      running.delete(this.#child);
    });
  }

  /** Everything it has printed so far. */
  get output() {
    return this.#output;
  }

  get pid() {
    return this.#child.pid;
  }

  get alive() {
    return running.has(this.#child);
  }

  /** Fails with what the process said if it is gone. */
  check() {
    if (!this.alive) {
      throw new Error(`${this.#name} is gone:\n${this.describe()}`);
    }
  }

  describe() {
    return `${this.#output.slice(-keptOutput)}\n${this.#errors}`;
  }

  /**
   * Asks it to stop, and ends it when it does not listen.
   *
   * @param {NodeJS.Signals} [signal]
   * @param {number} [limit] in ms
   * @returns {Promise<boolean>} false if it had to be killed
   */
  async stop(signal = "SIGINT", limit = 10000) {
    let willing = true;

    if (this.alive) {
      this.#child.kill(signal);
    }
    const timer = setTimeout(() => {
      willing = false;
      this.#child.kill("SIGKILL");
    }, limit);
    await this.#exited;
    clearTimeout(timer);
    return willing;
  }
}

/**
 * Fails the tests of a file whose elements are not there.
 *
 * @param {...string} names
 */
export function needElements(...names) {
  const missing = names.filter(
    (name) => spawnSync("gst-inspect-1.0", [name]).status !== 0
  );

  if (missing.length > 0) {
    throw new Error(`no element ${missing.join(", ")}: try scripts/run`);
  }
}

/**
 * @param {string} name
 * @returns {string | undefined} where it is in PATH
 */
export function findProgram(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** @returns {Promise<number>} a port that was free a moment ago */
export async function freePort() {
  const server = createServer();

  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (
    server.address()
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param {number} port
 * @param {Process} owner who should be listening
 */
export async function portOpen(port, owner) {
  await until(`listener on port ${port}\n${owner.describe()}`, () => {
    owner.check();
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");

      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
  });
}
