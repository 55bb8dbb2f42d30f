/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Opens what is to be shared. A device that lacks camera or microphone shares
 * the other, unless one was chosen.
 */

/**
 * @typedef {object} Wish
 * @property {string} source "camera" or "screen"
 * @property {string} camera a device id, empty for any
 * @property {string} microphone a device id, "none", or empty for any
 * @property {string} resolution like "1280x720", empty for any
 */

/**
 * @param {string} resolution
 * @returns {MediaTrackConstraints}
 */
function sizeOf(resolution) {
  const [width, height] = resolution.split("x").map(Number);

  return height ? { width: { ideal: width }, height: { ideal: height } } : {};
}

/** @param {Wish} wish */
function openScreen({ resolution }) {
  return navigator.mediaDevices.getDisplayMedia({
    video: { frameRate: { ideal: 30 }, ...sizeOf(resolution) },
    audio: true,
  });
}

/** @param {Wish} wish */
async function openCamera({ camera, microphone, resolution }) {
  const device = (/** @type {string} */ id) =>
    id ? { deviceId: { exact: id } } : {};
  const video = { ...device(camera), ...sizeOf(resolution) };
  const audio = microphone !== "none" && device(microphone);
  const tries = [{ video, audio }];

  if (audio && !microphone) {
    tries.push({ video, audio: false });
  }
  if (audio && !camera) {
    tries.push(/** @type {any} */ ({ audio }));
  }

  /** @type {unknown} */
  let reason;
  for (const constraints of tries) {
    try {
      return await navigator.mediaDevices.getUserMedia(constraints);
    } catch (error) {
      reason = error;
      if (!(error instanceof Error) || error.name !== "NotFoundError") {
        break;
      }
    }
  }
  throw reason;
}

const reasons = new Map([
  ["NotAllowedError", "the browser was not allowed to"],
  ["NotFoundError", "there is neither camera nor microphone"],
  ["NotReadableError", "another program uses the device"],
  ["OverconstrainedError", "the chosen device is not there any more"],
]);

/**
 * @param {unknown} error what opening failed with
 * @returns {string} the same for people
 */
export function describeFailure(error) {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return reasons.get(error.name) ?? error.message;
}

/**
 * @param {Wish} wish
 * @returns {Promise<MediaStream>}
 */
export async function openDevices(wish) {
  const screen = wish.source === "screen";

  if (!navigator.mediaDevices) {
    throw new Error(
      "this browser opens camera, microphone and screen only for pages from " +
        "https:// or from this computer itself"
    );
  }
  if (screen && !navigator.mediaDevices.getDisplayMedia) {
    throw new Error("this browser cannot share its screen");
  }
  return screen ? openScreen(wish) : openCamera(wish);
}

/**
 * Offers the devices there are. Browsers do not name them before one was
 * opened.
 *
 * @param {HTMLSelectElement} select
 * @param {MediaDeviceKind} kind
 */
export async function listDevices(select, kind) {
  const devices = await navigator.mediaDevices?.enumerateDevices();
  const named = (devices ?? []).filter(
    (device) => device.kind === kind && device.deviceId && device.label
  );
  const chosen = select.value;

  for (const option of [...select.options]) {
    if (option.dataset.device) {
      option.remove();
    }
  }
  for (const { deviceId, label } of named) {
    const option = new Option(label, deviceId);

    option.dataset.device = kind;
    select.add(option);
  }
  select.value = chosen;
  if (select.selectedIndex < 0) {
    select.selectedIndex = 0;
  }
}
