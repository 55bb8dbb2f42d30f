/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * Whatever was thrown, as an Error.
 *
 * @param {unknown} thrown
 * @returns {Error}
 */
export function toError(thrown) {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * @param {EventTarget} target
 * @param {string} message for people
 * @param {unknown} cause what was thrown, or what the other side wrote
 */
export function emitError(target, message, cause) {
  const error = toError(cause);

  target.dispatchEvent(new ErrorEvent("error", { message, error }));
}
