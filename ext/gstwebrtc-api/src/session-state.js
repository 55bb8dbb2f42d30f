/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * The states of a session, in the only order they can follow each other:
 * a state is never left for a smaller one.
 *
 * @readonly
 * @enum {number}
 */
export const SessionState = Object.freeze({
  /** Created, nothing asked of the server yet. */
  idle: 0,
  /** Asked for, no media yet. */
  connecting: 1,
  /** Media flows, or the producer is registered. */
  streaming: 2,
  /** Over. A closed session cannot be used again. */
  closed: 3,
});
