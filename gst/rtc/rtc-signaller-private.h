/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtc-signaller.h"

G_BEGIN_DECLS

enum
{
  /* signaller to element */
  SIGNAL_ERROR,
  SIGNAL_REQUEST_META,
  SIGNAL_SESSION_STARTED,
  SIGNAL_SESSION_REQUESTED,
  SIGNAL_SESSION_DESCRIPTION,
  SIGNAL_HANDLE_ICE,
  SIGNAL_SESSION_ENDED,
  SIGNAL_SESSION_ENDED_WITH_ERROR,
  SIGNAL_SHUTDOWN,
  /* signaller to application */
  SIGNAL_PRODUCER_ADDED,
  SIGNAL_PRODUCER_REMOVED,
  /* element to signaller */
  SIGNAL_START,
  SIGNAL_STOP,
  SIGNAL_END_SESSION,
  SIGNAL_END_SESSION_WITH_ERROR,
  SIGNAL_SEND_SESSION_DESCRIPTION,
  SIGNAL_SEND_ICE,
  SIGNAL_MUNGE_SESSION_DESCRIPTION,
  SIGNAL_CONSUMER_ADDED,
  SIGNAL_CONSUMER_REMOVED,
  SIGNAL_WEBRTCBIN_READY,
  N_SIGNALS
};

/* Set when the interface is made, constant since */
extern guint gst_rtc_signaller_signals[N_SIGNALS];

void gst_rtc_signaller_add_signals (GstRtcSignallerInterface * iface);

G_END_DECLS
