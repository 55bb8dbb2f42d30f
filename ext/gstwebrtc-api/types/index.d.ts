/* SPDX-License-Identifier: LGPL-2.1-or-later */

/** What is known of a peer. */
export interface Peer {
  readonly id: string;
  /** What the peer says about itself; empty when it says nothing. */
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface GstWebRTCConfig {
  /** Told to the server and through it to everybody. Default: null. */
  meta: object | null;
  /** Default: "ws://127.0.0.1:8443". */
  signalingServerUrl: string;
  /** In ms; 0 or less: never. Default: 2500. */
  reconnectionTimeout: number;
  /** For each RTCPeerConnection, replaced as a whole. */
  webrtcConfig: RTCConfiguration;
}

export interface ConnectionListener {
  connected(clientId: string): void;
  disconnected(): void;
}

/** At least one of these. */
export interface PeerListener {
  producerAdded?(producer: Peer): void;
  producerRemoved?(producer: Peer): void;
  /** It says something else about itself now. */
  producerChanged?(producer: Peer): void;
  consumerAdded?(consumer: Peer): void;
  consumerRemoved?(consumer: Peer): void;
  consumerChanged?(consumer: Peer): void;
}

export interface SessionStates {
  readonly idle: 0;
  readonly connecting: 1;
  readonly streaming: 2;
  readonly closed: 3;
}

export type SessionState = SessionStates[keyof SessionStates];

/** An EventTarget that knows its events. */
export interface TypedEventTarget<Events> extends EventTarget {
  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: ((event: Events[Type]) => unknown) | null,
    options?: boolean | AddEventListenerOptions
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions
  ): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: ((event: Events[Type]) => unknown) | null,
    options?: boolean | EventListenerOptions
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions
  ): void;
}

export interface WebRTCSessionEvents {
  error: ErrorEvent;
  stateChanged: Event;
  rtcPeerConnectionChanged: Event;
  closed: Event;
}

export interface ConsumerSessionEvents extends WebRTCSessionEvents {
  streamsChanged: Event;
  remoteControllerChanged: Event;
}

export interface ProducerSessionEvents {
  error: ErrorEvent;
  stateChanged: Event;
  closed: Event;
  clientConsumerAdded: CustomEvent<ClientSession>;
  clientConsumerRemoved: CustomEvent<ClientSession>;
}

/** A session with one peer. */
export interface WebRTCSession<Events = WebRTCSessionEvents>
  extends TypedEventTarget<Events> {
  readonly peerId: string;
  /** Empty until the server has named the session. */
  readonly sessionId: string;
  readonly state: SessionState;
  readonly rtcPeerConnection: RTCPeerConnection | null;
  close(): void;
}

/** Receives from a producer. */
export interface ConsumerSession extends WebRTCSession<ConsumerSessionEvents> {
  /** Asks for stereo where the producer offers it. */
  set mungeStereoHack(enable: boolean);
  readonly streams: MediaStream[];
  readonly remoteController: RemoteController | null;
  /** False if the session is closed or there is no server. */
  connect(): boolean;
}

/** One of those who receive from our producer session. */
export interface ClientSession extends WebRTCSession {}

/** Offers a stream to everybody. */
export interface ProducerSession
  extends TypedEventTarget<ProducerSessionEvents> {
  /** Null once the session is closed. */
  readonly stream: MediaStream | null;
  readonly state: SessionState;
  /** False if the session is closed or there is no server. */
  start(): boolean;
  /** Stops the stream's tracks too. */
  close(): void;
}

export interface RemoteControllerEvents {
  error: ErrorEvent;
  closed: Event;
  info: CustomEvent<Record<string, unknown>>;
  controlResponse: CustomEvent<ControlResponse>;
}

export interface ControlResponse {
  type: "ControlResponseMessage";
  id: number;
  error: string | null;
}

/** Sends what a person does in the picture to the producer. */
export interface RemoteController
  extends TypedEventTarget<RemoteControllerEvents> {
  readonly rtcDataChannel: RTCDataChannel | null;
  readonly consumerSession: ConsumerSession;
  readonly videoElement: HTMLVideoElement | null;
  attachVideoElement(element: HTMLVideoElement | null): void;
  /** The request's number, -1 if it could not be sent. */
  sendControlRequest(request: object | string): number;
  close(): void;
}

export default class GstWebRTCAPI {
  static readonly SessionState: SessionStates;

  /** Connects at once. */
  constructor(config?: Partial<GstWebRTCConfig>);

  /** Ends all sessions and the connection, for good. */
  close(): void;

  /** False if that is no listener. */
  registerConnectionListener(listener: ConnectionListener): boolean;
  /** True if it was registered. */
  unregisterConnectionListener(listener: ConnectionListener): boolean;
  unregisterAllConnectionListeners(): void;

  /** False if that is no listener. */
  registerPeerListener(listener: PeerListener): boolean;
  /** True if it was registered. */
  unregisterPeerListener(listener: PeerListener): boolean;
  unregisterAllPeerListeners(): void;

  getAvailableProducers(): Peer[];
  getAvailableConsumers(): Peer[];

  /** Null if not connected, or if another stream is produced. */
  createProducerSession(stream: MediaStream): ProducerSession | null;
  /** The same, and calls a passive consumer once registered. */
  createProducerSessionForConsumer(
    stream: MediaStream,
    consumerId: string
  ): ProducerSession | null;

  /** Null if not connected. One session per producer. */
  createConsumerSession(producerId: string): ConsumerSession | null;
  /** The same; the offer is ours, made with these options. */
  createConsumerSessionWithOfferOptions(
    producerId: string,
    offerOptions: RTCOfferOptions
  ): ConsumerSession | null;
}

declare global {
  interface Window {
    GstWebRTCAPI: typeof GstWebRTCAPI;
  }
}
