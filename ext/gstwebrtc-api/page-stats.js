/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a session measures, as rows for people. */

/** @typedef {import("./src/stats.js").SessionStats} SessionStats */
/** @typedef {import("./src/stats.js").TrackStats} TrackStats */

/** @param {number} bitsPerSecond */
function formatRate(bitsPerSecond) {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** @param {number} seconds */
function formatTime(seconds) {
  return `${Math.round(1000 * seconds)} ms`;
}

/** @type {ReadonlyMap<string, string>} */
const paths = new Map([
  ["host", "direct"],
  ["prflx", "direct, behind NAT"],
  ["srflx", "direct, behind NAT"],
  ["relay", "relayed"],
]);

/**
 * @param {TrackStats} track
 * @returns {[string, string][]}
 */
function videoRows({ width, height, frameRate, codec, framesDropped }) {
  return [
    ["Resolution", width ? `${width} × ${height}` : "–"],
    ["Frame rate", `${Math.round(frameRate)} fps`],
    ["Video", codec || "–"],
    ["Dropped frames", String(framesDropped)],
  ];
}

/**
 * @param {SessionStats} stats
 * @returns {[string, string][]} what and how much
 */
export function statsRows({ tracks, bitrate, roundTripTime, path }) {
  const video = tracks.find(({ kind }) => kind === "video");
  const audio = tracks.find(({ kind }) => kind === "audio");
  const worst = (/** @type {"lossRate" | "jitterBufferDelay"} */ member) =>
    Math.max(0, ...tracks.map((track) => track[member]));
  const lost = tracks.reduce((sum, { packetsLost }) => sum + packetsLost, 0);
  const delay = (video ?? audio)?.jitterBufferDelay ?? 0;

  return [
    ...(video ? videoRows(video) : []),
    ...(audio ? [/** @type {[string, string]} */ (["Sound", audio.codec || "–"])] : []),
    ["Bitrate", formatRate(bitrate)],
    ["Loss", `${(100 * worst("lossRate")).toFixed(1)} % (${lost} packets)`],
    ["Round trip", roundTripTime === null ? "–" : formatTime(roundTripTime)],
    ["Jitter buffer", formatTime(delay)],
    ["Path", paths.get(path) ?? "–"],
  ];
}
