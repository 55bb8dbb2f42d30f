/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What getStats() says about a received stream, in one line for people:
 * size, frame rate, bit rate, codecs. Rates come from two readings, so the
 * first one has none.
 */

/** @typedef {Record<string, any>} Report */

/** @param {number} bitsPerSecond */
function formatRate(bitsPerSecond) {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

export class StatsLine {
  #connection;
  #bytes = 0;
  #time = 0;

  /** @param {RTCPeerConnection} connection */
  constructor(connection) {
    this.#connection = connection;
  }

  /** @returns {Promise<string>} empty as long as there is nothing to say */
  async read() {
    const reports = await this.#connection.getStats();
    /** @type {Report[]} */
    const inbound = [];
    /** @type {string[]} */
    const parts = [];

    reports.forEach((report) => {
      if (report.type === "inbound-rtp") {
        inbound.push(report);
      }
    });
    for (const { frameWidth, frameHeight, framesPerSecond } of inbound) {
      if (frameWidth) {
        parts.push(`${frameWidth} × ${frameHeight}`);
        parts.push(`${Math.round(framesPerSecond ?? 0)} fps`);
      }
    }
    parts.push(...this.#rate(inbound), ...codecs(inbound, reports));
    return parts.join("  ·  ");
  }

  /**
   * @param {Report[]} inbound
   * @returns {string[]} none at the first reading
   */
  #rate(inbound) {
    if (inbound.length === 0) {
      return [];
    }

    const bytes = inbound.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
    const time = inbound[0].timestamp;
    const rate = (8000 * (bytes - this.#bytes)) / (time - this.#time);
    const known = this.#time > 0 && time > this.#time && rate >= 0;

    this.#bytes = bytes;
    this.#time = time;
    return known ? [formatRate(rate)] : [];
  }
}

/**
 * @param {Report[]} inbound
 * @param {RTCStatsReport} reports
 * @returns {string[]}
 */
function codecs(inbound, reports) {
  return inbound
    .map(({ codecId }) => reports.get(codecId)?.mimeType?.split("/")[1])
    .filter(Boolean);
}
