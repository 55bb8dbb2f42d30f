/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Fails to compile when the declarations promise what the code has not, or do
 * not let through what applications write.
 */

import Actual from "../src/index.js";
import type { makeSingleton } from "../src/singleton.js";
import Declared from "./index.js";
import type { GstWebRTCSingleton } from "./index.js";

export const api: typeof Declared = Actual;

export function asDeclared(
  singleton: ReturnType<typeof makeSingleton>
): GstWebRTCSingleton {
  return singleton;
}

/** What an application in TypeScript writes. */
export function application(client: Declared): void {
  new Declared();
  new Declared({ token: async () => "t", meta: { name: "x" } });
  client.registerPeerListener({ producerAdded: ({ meta }) => meta.name });

  const session = client.createConsumerSession("id");
  session?.addEventListener("error", ({ message }) => message.length);
  session?.remoteController?.addEventListener(
    "info",
    ({ detail }) => detail.mid
  );
  session?.stats().then((stats) => stats?.tracks[0].codec.length);
  /* @ts-expect-error a session may not come about */
  session.connect();
  /* @ts-expect-error the state is what it is */
  if (session) session.state = 2;

  const { idle } = window.gstWebRTCAPI.SessionState;
  const zero: 0 = idle;
  window.gstWebRTCConfig = { reconnectionTimeout: zero };
}
