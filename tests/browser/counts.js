/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Counts what a page could leak, from before the library is loaded: peer
 * connections that are not closed, sockets that are open, and listeners on
 * targets that outlive a session (window, document and sockets).
 */

(() => {
  const { counts } = /** @type {any} */ (window);

  class CountedConnection extends RTCPeerConnection {
    #open = true;

    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      counts.connections++;
    }

    close() {
      if (this.#open) {
        this.#open = false;
        counts.connections--;
      }
      super.close();
    }
  }

  class CountedSocket extends WebSocket {
    /** @param {string | URL} url */
    constructor(url) {
      super(url);
      counts.sockets++;
      this.addEventListener("close", () => counts.sockets--);
    }
  }

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  /** @param {EventTarget} target */
  const lasts = (target) =>
    target === window ||
    target === document ||
    target instanceof WebSocket;

  /** @param {[any, any]} args */
  EventTarget.prototype.addEventListener = function (...args) {
    if (lasts(this)) {
      counts.listeners++;
    }
    return addEventListener.apply(this, args);
  };
  /** @param {[any, any]} args */
  EventTarget.prototype.removeEventListener = function (...args) {
    if (lasts(this)) {
      counts.listeners--;
    }
    return removeEventListener.apply(this, args);
  };

  Object.assign(window, {
    RTCPeerConnection: CountedConnection,
    WebSocket: CountedSocket,
  });
})();
