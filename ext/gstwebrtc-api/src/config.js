/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * @typedef {object} Config
 * @property {object | null} meta what the server tells others about us
 * @property {string} signalingServerUrl
 * @property {number} reconnectionTimeout in ms; 0 or less: never reconnect
 * @property {RTCConfiguration} webrtcConfig given to every RTCPeerConnection
 */

/** @type {Readonly<Config>} */
export const defaultConfig = Object.freeze({
  meta: null,
  signalingServerUrl: "ws://127.0.0.1:8443",
  reconnectionTimeout: 2500,
  webrtcConfig: Object.freeze({
    iceServers: [
      {
        urls: [
          "stun:stun.l.google.com:19302",
          "stun:stun1.l.google.com:19302",
        ],
      },
    ],
    bundlePolicy: /** @type {RTCBundlePolicy} */ ("max-bundle"),
  }),
});

/**
 * The defaults with the user's keys over them; each key replaces its default
 * as a whole.
 *
 * @param {unknown} userConfig
 * @returns {Readonly<Config>}
 */
export function makeConfig(userConfig) {
  const config = { ...defaultConfig };

  if (userConfig !== null && typeof userConfig === "object") {
    Object.assign(config, userConfig);
  }
  if (typeof config.meta !== "object") {
    config.meta = null;
  }
  return Object.freeze(config);
}
