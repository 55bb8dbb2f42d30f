/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * @typedef {object} Config
 * @property {object | null} meta what the server tells others about us
 * @property {string} signalingServerUrl
 * @property {number} reconnectionTimeout in ms; 0 or less: never reconnect
 * @property {RTCConfiguration} webrtcConfig given to every RTCPeerConnection
 * @property {string | (() => string | Promise<string>)} token for servers
 *   that want one; a function is asked before each connection
 * @property {number} sessionRetries how often in a row a consumer session
 *   whose path to the producer failed begins anew; 0: it ends
 * @property {boolean} ownIceServers whether the user named ICE servers, which
 *   those of the signalling server do not replace
 */

/** @type {Readonly<Config>} */
export const defaultConfig = Object.freeze({
  meta: null,
  signalingServerUrl: "ws://127.0.0.1:8443",
  reconnectionTimeout: 2500,
  token: "",
  sessionRetries: 3,
  ownIceServers: false,
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
  config.ownIceServers =
    config.webrtcConfig !== defaultConfig.webrtcConfig &&
    Array.isArray(config.webrtcConfig?.iceServers);
  return Object.freeze(config);
}

/**
 * @param {string} url
 * @param {string} token empty for none
 * @returns {string} browsers can put it nowhere else
 */
export function addressWith(url, token) {
  if (!token) {
    return url;
  }

  const address = new URL(url);
  address.searchParams.set("access_token", token);
  return address.href;
}
