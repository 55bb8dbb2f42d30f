/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Notes, from before a page is loaded, which frames its peer connections send:
 * the RTP timestamp of each as it leaves the encoder, and the time of day in ms.
 * What arrives can then be held against what was sent, frame by frame.
 * window.sent has an object for each connection, the last one last:
 * { connection, video, audio }.
 */

(() => {
  /** Runs in a worker. Passes each frame on, and its timestamp to the page. */
  function watch() {
    Object.assign(self, {
      onrtctransform: (/** @type {any} */ { transformer }) => {
        const log = new TransformStream({
          transform(frame, controller) {
            const { rtpTimestamp = frame.timestamp } = frame.getMetadata();

            self.postMessage([...transformer.options, rtpTimestamp, Date.now()]);
            controller.enqueue(frame);
          },
        });

        transformer.readable.pipeThrough(log).pipeTo(transformer.writable);
      },
    });
  }

  /** @type {any[]} */
  const sent = [];
  const worker = new Worker(
    URL.createObjectURL(new Blob([`(${watch})()`], { type: "text/javascript" }))
  );

  worker.onmessage = ({ data: [index, kind, timestamp, now] }) =>
    sent[index][kind].push([timestamp, now]);

  class WatchedConnection extends RTCPeerConnection {
    #index;

    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      this.#index = sent.length;
      sent.push({ connection: this, video: [], audio: [] });
    }

    /** @type {RTCPeerConnection["addTrack"]} */
    addTrack(track, ...streams) {
      const sender = super.addTrack(track, ...streams);

      Object.assign(sender, {
        transform: new /** @type {any} */ (window).RTCRtpScriptTransform(
          worker,
          [this.#index, track.kind]
        ),
      });
      return sender;
    }
  }

  Object.assign(window, { sent, RTCPeerConnection: WatchedConnection });
})();
