/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What getStats() says, for people: one line of numbers per track, rates
 * instead of sums. Rates come from two readings, so the first one has none.
 */

/**
 * @typedef {object} TrackStats
 * @property {"audio" | "video"} kind
 * @property {"inbound" | "outbound"} direction
 * @property {string} codec like "VP8"; empty while not known
 * @property {number} bitrate in bit/s
 * @property {number} width 0 for sound
 * @property {number} height
 * @property {number} frameRate
 * @property {number} frames decoded or encoded so far
 * @property {number} framesDropped
 * @property {number} packetsLost so far
 * @property {number} lossRate since the last reading, from 0 to 1
 * @property {number} jitter in seconds
 * @property {number} jitterBufferDelay in seconds, of what was played since
 *   the last reading
 */

/**
 * @typedef {object} SessionStats
 * @property {number} timestamp in ms, as the browser counts
 * @property {number} bitrate of all tracks, in bit/s
 * @property {number | null} roundTripTime in seconds, null while not known
 * @property {string} path how the peer is reached: "host", "srflx", "prflx"
 *   or "relay", of the worse end; empty while there is none
 * @property {TrackStats[]} tracks
 */

/** @typedef {Record<string, any>} Report */

/** @type {readonly string[]} */
const pathKinds = ["host", "prflx", "srflx", "relay"];

/**
 * @param {number} part
 * @param {number} whole
 */
function ratio(part, whole) {
  return whole > 0 && part > 0 ? part / whole : 0;
}

export class StatsReader {
  #connection;
  /** @type {Map<string, Report>} */
  #before = new Map();

  /** @param {RTCPeerConnection} connection */
  constructor(connection) {
    this.#connection = connection;
  }

  get connection() {
    return this.#connection;
  }

  /** @returns {Promise<SessionStats>} */
  async read() {
    const reports = /** @type {ReadonlyMap<string, Report>} */ (
      /** @type {unknown} */ (await this.#connection.getStats())
    );
    /** @type {TrackStats[]} */
    const tracks = [];
    let timestamp = 0;

    reports.forEach((report) => {
      timestamp = Math.max(timestamp, report.timestamp);
      if (["inbound-rtp", "outbound-rtp"].includes(report.type)) {
        tracks.push(this.#track(report, reports));
        this.#before.set(report.id, report);
      }
    });
    return {
      timestamp,
      bitrate: tracks.reduce((sum, { bitrate }) => sum + bitrate, 0),
      tracks,
      ...readPath(reports),
    };
  }

  /**
   * @param {Report} report
   * @param {ReadonlyMap<string, Report>} reports
   * @returns {TrackStats}
   */
  #track(report, reports) {
    const inbound = report.type === "inbound-rtp";
    const before = this.#before.get(report.id);
    const seconds = before ? (report.timestamp - before.timestamp) / 1000 : 0;
    const bytes = inbound ? "bytesReceived" : "bytesSent";
    /* what the other side says of what we send */
    const source = inbound ? report : reports.get(report.remoteId) ?? {};
    const since = (/** @type {string} */ member) =>
      before ? (report[member] ?? 0) - (before[member] ?? 0) : 0;

    const lost = since("packetsLost");
    return {
      kind: report.kind,
      direction: inbound ? "inbound" : "outbound",
      codec: reports.get(report.codecId)?.mimeType?.split("/")[1] ?? "",
      bitrate: ratio(8 * since(bytes), seconds),
      width: report.frameWidth ?? 0,
      height: report.frameHeight ?? 0,
      frameRate:
        report.framesPerSecond ??
        ratio(since(inbound ? "framesDecoded" : "framesEncoded"), seconds),
      frames: report.framesDecoded ?? report.framesEncoded ?? 0,
      framesDropped: report.framesDropped ?? 0,
      packetsLost: source.packetsLost ?? 0,
      lossRate: inbound
        ? ratio(lost, lost + since("packetsReceived"))
        : source.fractionLost ?? 0,
      jitter: source.jitter ?? 0,
      jitterBufferDelay: ratio(
        since("jitterBufferDelay"),
        since("jitterBufferEmittedCount")
      ),
    };
  }
}

/**
 * @param {ReadonlyMap<string, Report>} reports
 * @returns {{ roundTripTime: number | null, path: string }}
 */
function readPath(reports) {
  /** @type {Report | undefined} */
  let pair;
  reports.forEach((report) => {
    const isUsed = report.nominated && report.state === "succeeded";

    if (report.type === "candidate-pair" && isUsed) {
      pair = report;
    }
  });
  if (!pair) {
    return { roundTripTime: null, path: "" };
  }

  const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) =>
    pathKinds.indexOf(reports.get(id)?.candidateType)
  );
  return {
    roundTripTime: pair.currentRoundTripTime ?? null,
    path: pathKinds[Math.max(...ends)] ?? "",
  };
}
