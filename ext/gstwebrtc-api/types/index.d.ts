/* SPDX-License-Identifier: LGPL-2.1-or-later */

/** What is known of a peer. */
export interface Peer {
  readonly id: string;
  /** What the peer says about itself; empty when it says nothing. */
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface GstWebRTCConfig {
  /** Told to the server and through it to everybody. Default: null. */
  meta?: object | null;
  /** Default: "ws://127.0.0.1:8443". */
  signalingServerUrl?: string;
  /**
   * In ms, until the first attempt to connect again; later ones wait longer,
   * up to 30 s. 0 or less: never. Default: 2500.
   */
  reconnectionTimeout?: number;
  /**
   * For each RTCPeerConnection, replaced as a whole. Without `iceServers` in
   * it those that the signalling server names are used, if it names any.
   */
  webrtcConfig?: RTCConfiguration;
  /**
   * For a server that wants one; it goes into the address. A function is
   * asked before each connection.
   */
  token?: string | (() => string | Promise<string>);
  /**
   * How often in a row a consumer session whose path to the producer failed
   * begins anew before it ends with an error. Default: 3.
   */
  sessionRetries?: number;
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
  recoveringChanged: Event;
}

export interface ProducerSessionEvents {
  error: ErrorEvent;
  stateChanged: Event;
  closed: Event;
  clientConsumerAdded: CustomEvent<ClientSession>;
  clientConsumerRemoved: CustomEvent<ClientSession>;
}

/** Rates and delays are those since the call of stats() before. */
export interface TrackStats {
  readonly kind: "audio" | "video";
  readonly direction: "inbound" | "outbound";
  /** Like "VP8"; empty while not known. */
  readonly codec: string;
  /** In bit/s. */
  readonly bitrate: number;
  /** 0 for sound, as height. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Decoded or encoded so far. */
  readonly frames: number;
  readonly framesDropped: number;
  /** So far. */
  readonly packetsLost: number;
  /** From 0 to 1. */
  readonly lossRate: number;
  /** In seconds, as jitterBufferDelay. */
  readonly jitter: number;
  readonly jitterBufferDelay: number;
}

export interface SessionStats {
  /** In ms, as the browser counts. */
  readonly timestamp: number;
  /** Of all tracks, in bit/s. */
  readonly bitrate: number;
  /** In seconds; null while not known. */
  readonly roundTripTime: number | null;
  /**
   * How the peer is reached: "host", "prflx", "srflx" or "relay"; empty
   * while it is not.
   */
  readonly path: string;
  readonly tracks: TrackStats[];
}

/** A session with one peer. */
export interface WebRTCSession<Events = WebRTCSessionEvents>
  extends TypedEventTarget<Events> {
  readonly peerId: string;
  /** Empty until the server has named the session. */
  readonly sessionId: string;
  readonly state: SessionState;
  readonly rtcPeerConnection: RTCPeerConnection | null;
  /** What is going through it; null without a connection. */
  stats(): Promise<SessionStats | null>;
  close(): void;
}

/** Receives from a producer. */
export interface ConsumerSession extends WebRTCSession<ConsumerSessionEvents> {
  /** Asks for stereo where the producer offers it. */
  set mungeStereoHack(enable: boolean);
  readonly streams: MediaStream[];
  /** Null as long as the producer announced no control channel. */
  readonly remoteController: RemoteController | null;
  /**
   * The path to the producer failed, and the session begins anew: connection,
   * id and streams will be others.
   */
  readonly recovering: boolean;
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
  /** Those who receive the stream now. */
  readonly clients: ClientSession[];
  /** False if the session is closed or there is no server. */
  start(): boolean;
  /** Stops the stream's tracks too. */
  close(): void;
}

export interface RemoteControllerEvents {
  error: ErrorEvent;
  closed: Event;
  info: CustomEvent<InfoMessage>;
  controlResponse: CustomEvent<ControlResponse>;
}

/** Something that the producer tells about a stream. */
export interface InfoMessage {
  readonly type: "InfoMessage";
  /** Of the stream, in the session's description. */
  readonly mid: string;
  readonly info: Readonly<Record<string, unknown>>;
}

export interface ControlResponse {
  readonly type: "ControlResponseMessage";
  /** What sendControlRequest() returned. */
  readonly id: number;
  /** Null if the request was accepted. */
  readonly error: string | null;
}

/** Sends what a person does in the picture to the producer. */
export interface RemoteController
  extends TypedEventTarget<RemoteControllerEvents> {
  readonly rtcDataChannel: RTCDataChannel | null;
  readonly consumerSession: ConsumerSession;
  readonly videoElement: HTMLVideoElement | null;
  /** Also makes it focusable, as only so it hears of keys. Null detaches. */
  attachVideoElement(element: HTMLVideoElement | null): void;
  /** The request's number, -1 if it could not be sent. */
  sendControlRequest(request: object | string): number;
  close(): void;
}

export default class GstWebRTCAPI {
  static readonly SessionState: SessionStates;

  /** Connects at once. */
  constructor(config?: GstWebRTCConfig);

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

/** The one client of a page that uses the API in its original form. */
export interface GstWebRTCSingleton {
  readonly SessionState: SessionStates;
  readonly WebRTCSession: new (...args: never[]) => WebRTCSession;
  readonly ClientSession: new (...args: never[]) => ClientSession;
  readonly ConsumerSession: new (...args: never[]) => ConsumerSession;
  readonly ProducerSession: new (...args: never[]) => ProducerSession;
  readonly RemoteController: new (...args: never[]) => RemoteController;

  registerConnectionListener(listener: ConnectionListener): boolean;
  unregisterConnectionListener(listener: ConnectionListener): boolean;
  unregisterAllConnectionListeners(): void;

  registerProducersListener(listener: ProducersListener): boolean;
  unregisterProducersListener(listener: ProducersListener): boolean;
  unregisterAllProducersListeners(): void;

  getAvailableProducers(): Peer[];
  createProducerSession(stream: MediaStream): ProducerSession | null;
  createConsumerSession(producerId: string): ConsumerSession | null;
}

/** Of the original form. */
export interface ProducersListener {
  producerAdded(producer: Peer): void;
  producerRemoved(producer: Peer): void;
}

declare global {
  interface Window {
    GstWebRTCAPI: typeof GstWebRTCAPI;
    /** Made, and connected, when it is first used. */
    readonly gstWebRTCAPI: GstWebRTCSingleton;
    /** For gstWebRTCAPI; read when it connects. */
    gstWebRTCConfig?: GstWebRTCConfig;
  }
}
