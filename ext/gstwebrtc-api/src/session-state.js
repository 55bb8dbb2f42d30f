/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * The states of a session, in the only order they can follow each other:
 * a state is never left for a smaller one.
 *
 * - idle: created, nothing asked of the server yet
 * - connecting: asked for, no media yet
 * - streaming: media flows, or the producer is registered
 * - closed: over; a closed session cannot be used again
 */
export const SessionState = Object.freeze({
  idle: /** @type {const} */ (0),
  connecting: /** @type {const} */ (1),
  streaming: /** @type {const} */ (2),
  closed: /** @type {const} */ (3),
});

/** @typedef {typeof SessionState[keyof typeof SessionState]} State */
