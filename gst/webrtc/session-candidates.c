/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ICE candidates of a session, both ways: ours wait until our description was
 * sent, the peer's until its description was taken. */

#include "session-private.h"

#include "sdp.h"
#include "sdpedit.h"

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
  PRIV (self)->inner_mline = -1;
  PRIV (self)->outer_mline = -1;
}

/* A bundle has one transport. The two sides may have it in different m-lines,
 * when the first one of the bundle was rejected. */
static void
send_candidate (GstRtcSession * self, guint mline, const gchar * candidate)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_signaller_send_ice (priv->signaller, priv->id, candidate,
      priv->outer_mline >= 0 ? priv->outer_mline : mline, NULL);
}

static void
use_candidate (GstRtcSession * self, guint mline, const gchar * candidate)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  g_signal_emit_by_name (priv->webrtcbin, "add-ice-candidate",
      priv->inner_mline >= 0 ? priv->inner_mline : mline, candidate);
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
    send_candidate (job->session, job->mline, job->candidate);
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

  priv->outer_mline = gst_rtc_sdp_get_bundle_mline (description->sdp);
  gst_rtc_signaller_send_session_description (signaller, priv->id, description);
  for (guint i = 0; waiting && i < waiting->len; i++) {
    const Candidate *candidate = &g_array_index (waiting, Candidate, i);

    send_candidate (self, candidate->mline, candidate->candidate);
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
    use_candidate (self, mline, candidate);
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

    use_candidate (self, candidate->mline, candidate->candidate);
  }
}
