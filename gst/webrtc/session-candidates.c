/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ICE candidates of a session, both ways: ours wait until our description was
 * sent, the peer's until its description was taken. */

#include "session-private.h"

#include "sdp.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsession_debug);
#define GST_CAT_DEFAULT webrtcsession_debug

/* A peer has few interfaces; what sends more wants our memory */
#define MAX_QUEUED_CANDIDATES 200

typedef struct
{
  guint mline;
  gchar *candidate;
} Candidate;

#define PRIV(self) (gst_rtc_session_get_private (self))

static void
clear_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->candidate);
}

static GArray *
new_candidates (void)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));

  g_array_set_clear_func (candidates, clear_candidate);

  return candidates;
}

static void
queue_candidate (GstRtcSession * self, GArray * queue, guint mline,
    const gchar * text)
{
  Candidate candidate = { mline, NULL };

  if (queue->len >= MAX_QUEUED_CANDIDATES) {
    GST_WARNING_OBJECT (self, "too many candidates, dropped %s", text);
    return;
  }

  candidate.candidate = g_strdup (text);
  g_array_append_val (queue, candidate);
}

void
gst_rtc_session_init_candidates (GstRtcSession * self)
{
  PRIV (self)->local_candidates = new_candidates ();
  PRIV (self)->remote_candidates = new_candidates ();
}

typedef struct
{
  GstRtcSession *session;
  guint mline;
  gchar *candidate;
} CandidateJob;

static void
run_local_candidate (gpointer data)
{
  CandidateJob *job = data;
  GstRtcSessionPrivate *priv = PRIV (job->session);

  if (!gst_rtc_session_is_alive (job->session))
    return;

  if (priv->local_candidates)
    queue_candidate (job->session, priv->local_candidates, job->mline,
        job->candidate);
  else
    gst_rtc_signaller_send_ice (priv->signaller, priv->id, job->candidate,
        job->mline, NULL);
}

static void
free_candidate_job (gpointer data)
{
  CandidateJob *job = data;

  g_object_unref (job->session);
  g_free (job->candidate);
  g_free (job);
}

/* webrtcbin's thread: post and return */
void
gst_rtc_session_on_local_candidate (GstElement * webrtcbin, guint mline,
    const gchar * candidate, GstRtcSession * self)
{
  CandidateJob *job = g_new (CandidateJob, 1);

  job->session = g_object_ref (self);
  job->mline = mline;
  job->candidate = g_strdup (candidate);
  gst_rtc_control_post (PRIV (self)->control, run_local_candidate, job,
      free_candidate_job);
}

/**
 * gst_rtc_session_send_description:
 * @description: what was set as local description
 *
 * Sends it to the peer, and then the candidates that waited for it.
 *
 * Thread: control
 */
void
gst_rtc_session_send_description (GstRtcSession * self,
    GstRtcSignaller * signaller, GstWebRTCSessionDescription * description)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GArray) waiting = g_steal_pointer (&priv->local_candidates);

  gst_rtc_control_assert (priv->control);

  gst_rtc_signaller_send_session_description (signaller, priv->id, description);
  for (guint i = 0; waiting && i < waiting->len; i++) {
    const Candidate *candidate = &g_array_index (waiting, Candidate, i);

    gst_rtc_signaller_send_ice (signaller, priv->id, candidate->candidate,
        candidate->mline, NULL);
  }
}

/**
 * gst_rtc_session_add_remote_candidate:
 * @mline: index of the m-line
 * @candidate: as it came from the peer
 *
 * Thread: control
 */
void
gst_rtc_session_add_remote_candidate (GstRtcSession * self, guint mline,
    const gchar * candidate)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);
  if (!gst_rtc_session_is_alive (self))
    return;

  switch (gst_rtc_sdp_classify_candidate (candidate)) {
    case GST_RTC_SDP_CANDIDATE_OK:
      break;
    case GST_RTC_SDP_CANDIDATE_END:
    case GST_RTC_SDP_CANDIDATE_LOCAL_NAME:
      GST_DEBUG_OBJECT (self, "session %s: no use for candidate '%s'",
          priv->id, candidate);
      return;
    case GST_RTC_SDP_CANDIDATE_BAD:
      GST_WARNING_OBJECT (self, "session %s: not a candidate: '%.80s'",
          priv->id, candidate);
      return;
  }

  if (priv->remote_candidates)
    queue_candidate (self, priv->remote_candidates, mline, candidate);
  else
    g_signal_emit_by_name (priv->webrtcbin, "add-ice-candidate", mline,
        candidate);
}

/**
 * gst_rtc_session_remote_is_set:
 *
 * Gives webrtcbin the candidates that waited for the peer's description.
 *
 * Thread: control
 */
void
gst_rtc_session_remote_is_set (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GArray) waiting = g_steal_pointer (&priv->remote_candidates);

  for (guint i = 0; waiting && i < waiting->len; i++) {
    const Candidate *candidate = &g_array_index (waiting, Candidate, i);

    g_signal_emit_by_name (priv->webrtcbin, "add-ice-candidate",
        candidate->mline, candidate->candidate);
  }
}
