/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A message of the signalling protocol, as a value that is counted. Pure. */

#include "message.h"

static void
peer_info_free (GstRtcPeerInfo * info)
{
  g_free (info->id);
  g_clear_pointer (&info->meta, json_node_unref);
  g_free (info);
}

static void
clear_message (gpointer data)
{
  GstRtcMessage *self = data;

  g_free (self->peer_id);
  g_free (self->session_id);
  g_clear_pointer (&self->roles, g_array_unref);
  g_clear_pointer (&self->meta, json_node_unref);
  g_free (self->offer);
  g_free (self->text);
  g_clear_pointer (&self->peers, g_ptr_array_unref);
  g_free (self->sdp);
  g_free (self->candidate);
  g_free (self->sdp_mid);
  g_free (self->username_fragment);
  g_free (self->resume_token);
  g_strfreev (self->sessions);
  g_clear_pointer (&self->ice_servers, json_node_unref);
}

GstRtcPeerInfo *
gst_rtc_peer_info_new (const gchar * id, JsonNode * meta)
{
  GstRtcPeerInfo *info = g_new0 (GstRtcPeerInfo, 1);

  info->id = g_strdup (id);
  info->meta = meta ? json_node_ref (meta) : NULL;

  return info;
}

GstRtcMessage *
gst_rtc_message_new (GstRtcMessageType type)
{
  GstRtcMessage *self = g_rc_box_new0 (GstRtcMessage);

  self->type = type;
  self->sdp_m_line_index = -1;
  self->received = -1;
  self->roles = g_array_new (FALSE, FALSE, sizeof (GstRtcPeerRole));
  self->peers = g_ptr_array_new_with_free_func (
      (GDestroyNotify) peer_info_free);

  return self;
}

GstRtcMessage *
gst_rtc_message_ref (GstRtcMessage * self)
{
  return g_rc_box_acquire (self);
}

void
gst_rtc_message_unref (GstRtcMessage * self)
{
  g_rc_box_release_full (self, clear_message);
}

void
gst_rtc_message_set_meta (GstRtcMessage * self, JsonNode * meta)
{
  if (meta)
    json_node_ref (meta);
  g_clear_pointer (&self->meta, json_node_unref);
  self->meta = meta;
}

void
gst_rtc_message_add_role (GstRtcMessage * self, GstRtcPeerRole role)
{
  g_array_append_val (self->roles, role);
}

gboolean
gst_rtc_message_has_role (GstRtcMessage * self, GstRtcPeerRole role)
{
  for (guint i = 0; i < self->roles->len; i++) {
    if (g_array_index (self->roles, GstRtcPeerRole, i) == role)
      return TRUE;
  }

  return FALSE;
}
