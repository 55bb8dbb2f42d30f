/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Browsers answer an Opus offer with "sprop-stereo=1" as if they were mono
 * unless the answer itself says stereo=1 (RFC 7587, 7.1).
 */

const fmtpLine = /^a=fmtp:(\d+) (.*)$/gm;

/**
 * @param {string} offerSdp
 * @returns {Set<string>} payload types offered as stereo
 */
function stereoPayloads(offerSdp) {
  const payloads = new Set();

  for (const [, payload, parameters] of offerSdp.matchAll(fmtpLine)) {
    if (parameters.includes("sprop-stereo")) {
      payloads.add(payload);
    }
  }
  return payloads;
}

/**
 * @param {string} offerSdp
 * @param {string} answerSdp
 * @returns {string} the answer, asking for stereo where stereo was offered
 */
export function mungeStereo(offerSdp, answerSdp) {
  const stereo = stereoPayloads(offerSdp);

  return answerSdp.replace(fmtpLine, (line, payload, parameters) =>
    stereo.has(payload) && !parameters.includes("stereo")
      ? `a=fmtp:${payload} stereo=1;${parameters}`
      : line
  );
}
