/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_MESSAGE_SET_PROTOCOL_VERSION,
  GST_RTC_MESSAGE_SET_PEER_STATUS,
  GST_RTC_MESSAGE_START_SESSION,
  GST_RTC_MESSAGE_END_SESSION,
  GST_RTC_MESSAGE_END_SESSION_V1_1,
  GST_RTC_MESSAGE_PEER,
  GST_RTC_MESSAGE_LIST,
  GST_RTC_MESSAGE_LIST_CONSUMERS,
  GST_RTC_MESSAGE_WELCOME,
  GST_RTC_MESSAGE_PEER_STATUS_CHANGED,
  GST_RTC_MESSAGE_SESSION_STARTED,
  GST_RTC_MESSAGE_ERROR,
} GstRtcMessageType;

typedef enum
{
  GST_RTC_PEER_ROLE_PRODUCER,
  GST_RTC_PEER_ROLE_LISTENER,
  GST_RTC_PEER_ROLE_CONSUMER,
} GstRtcPeerRole;

typedef enum
{
  GST_RTC_PROTOCOL_V1_0,
  GST_RTC_PROTOCOL_V1_1,
} GstRtcProtocolVersion;

typedef enum
{
  GST_RTC_PAYLOAD_NONE,
  GST_RTC_PAYLOAD_OFFER,
  GST_RTC_PAYLOAD_ANSWER,
  GST_RTC_PAYLOAD_ICE,
} GstRtcPayload;

typedef enum
{
  GST_RTC_RESUMED_UNSAID,
  GST_RTC_RESUMED_NO,
  GST_RTC_RESUMED_YES,
} GstRtcResumed;

typedef struct
{
  gchar *id;
  JsonNode *meta;               /* nullable */
} GstRtcPeerInfo;

GstRtcPeerInfo *gst_rtc_peer_info_new (const gchar * id, JsonNode * meta);

/* What a message of either direction can carry. Members that its type does
 * not have are NULL; which those are is in the table of protocol.c. */
typedef struct
{
  GstRtcMessageType type;
  gchar *peer_id;               /* nullable in setPeerStatus */
  gchar *session_id;
  GArray *roles;                /* element-type GstRtcPeerRole, as received */
  JsonNode *meta;               /* nullable */
  GstRtcProtocolVersion version;
  gchar *offer;                 /* nullable */
  gchar *text;                  /* error (nullable) or details */
  GPtrArray *peers;             /* element-type GstRtcPeerInfo */

  /* peer: exactly one of a description and a candidate */
  GstRtcPayload payload;
  gchar *sdp;
  gchar *candidate;
  gint64 sdp_m_line_index;      /* -1: only the mid says which media */
  gchar *sdp_mid;               /* nullable */
  gchar *username_fragment;     /* nullable */

  /* docs/protocol-extensions.md */
  gboolean resumable;
  gchar *resume_token;          /* nullable */
  guint resume_timeout;
  gint64 received;              /* -1: unsaid */
  GstRtcResumed resumed;
  gchar **sessions;             /* nullable */
  JsonNode *ice_servers;        /* nullable */
} GstRtcMessage;

GstRtcMessage *gst_rtc_message_new (GstRtcMessageType type);
GstRtcMessage *gst_rtc_message_ref (GstRtcMessage * self);
void gst_rtc_message_unref (GstRtcMessage * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcMessage, gst_rtc_message_unref)

void gst_rtc_message_set_meta (GstRtcMessage * self, JsonNode * meta);
void gst_rtc_message_add_role (GstRtcMessage * self, GstRtcPeerRole role);
gboolean gst_rtc_message_has_role (GstRtcMessage * self, GstRtcPeerRole role);

G_END_DECLS
