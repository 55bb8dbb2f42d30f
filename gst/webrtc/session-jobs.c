/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a session crosses threads: jobs for the control thread, promises that
 * come back to it, and jobs for workers that its closing waits for. */

#include "session-private.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsession_debug);
#define GST_CAT_DEFAULT webrtcsession_debug

#define PRIV(self) (gst_rtc_session_get_private (self))

typedef struct
{
  GstRtcSession *session;
  void (*job) (GstRtcSession *);
} SessionJob;

static void
run_session_job (gpointer data)
{
  SessionJob *job = data;

  job->job (job->session);
}

static void
free_session_job (gpointer data)
{
  SessionJob *job = data;

  g_object_unref (job->session);
  g_free (job);
}

/**
 * gst_rtc_session_post:
 * @job: runs on the control thread, also when the session is closing
 *
 * Thread: any
 */
void
gst_rtc_session_post (GstRtcSession * self, void (*job) (GstRtcSession *))
{
  SessionJob *data = g_new (SessionJob, 1);

  data->session = g_object_ref (self);
  data->job = job;
  gst_rtc_control_post (PRIV (self)->control, run_session_job, data,
      free_session_job);
}

typedef struct
{
  GstRtcSession *session;
  gchar *reason;
} CloseJob;

static void
run_close (gpointer data)
{
  CloseJob *job = data;

  gst_rtc_session_close (job->session, "%s", job->reason);
}

static void
free_close (gpointer data)
{
  CloseJob *job = data;

  g_object_unref (job->session);
  g_free (job->reason);
  g_free (job);
}

/**
 * gst_rtc_session_post_close:
 * @format: the reason
 *
 * Thread: any
 */
void
gst_rtc_session_post_close (GstRtcSession * self, const gchar * format, ...)
{
  CloseJob *job = g_new (CloseJob, 1);
  va_list args;

  job->session = g_object_ref (self);
  va_start (args, format);
  job->reason = g_strdup_vprintf (format, args);
  va_end (args);
  gst_rtc_control_post (PRIV (self)->control, run_close, job, free_close);
}

/* Promises */

typedef struct
{
  GstRtcSession *session;
  GstRtcSessionReply func;
  GstPromiseResult result;
  GstStructure *reply;
} Reply;

/* Returns: whether the session goes on */
static gboolean
finish_job (GstRtcSession * self)
{
  PRIV (self)->n_jobs--;
  if (gst_rtc_session_is_alive (self))
    return TRUE;

  gst_rtc_session_tear_down_when_idle (self);

  return FALSE;
}

static void
run_reply (gpointer data)
{
  Reply *reply = data;
  g_autoptr (GError) error = NULL;

  if (!finish_job (reply->session))
    return;

  if (reply->result != GST_PROMISE_RESULT_REPLIED)
    error = g_error_new (GST_WEBRTC_ERROR,
        GST_WEBRTC_ERROR_INTERNAL_FAILURE, "webrtcbin gave no answer");
  else if (reply->reply && gst_structure_has_field (reply->reply, "error"))
    gst_structure_get (reply->reply, "error", G_TYPE_ERROR, &error, NULL);

  reply->func (reply->session, reply->reply, error);
}

static void
free_reply (gpointer data)
{
  Reply *reply = data;

  g_object_unref (reply->session);
  gst_clear_structure (&reply->reply);
  g_free (reply);
}

/* webrtcbin's thread: post and return */
static void
on_promise_changed (GstPromise * promise, gpointer data)
{
  Reply *reply = data;
  const GstStructure *structure;

  reply->result = gst_promise_wait (promise);
  structure = reply->result == GST_PROMISE_RESULT_REPLIED ?
      gst_promise_get_reply (promise) : NULL;
  reply->reply = structure ? gst_structure_copy (structure) : NULL;
  gst_promise_unref (promise);

  gst_rtc_control_post (PRIV (reply->session)->control, run_reply, reply,
      free_reply);
}

/**
 * gst_rtc_session_promise:
 * @func: called once on the control thread with what webrtcbin replied, or
 *     with an error; not called any more when the session is closing
 *
 * A session that is closed meanwhile is torn down when webrtcbin has replied:
 * the transports that it may be making would else go to PLAYING after webrtcbin
 * went to NULL, and their threads would run for ever.
 *
 * Returns: (transfer full): a promise for one of webrtcbin's action signals,
 *     which does not take it over: it frees itself when it was answered
 *
 * Thread: control
 */
GstPromise *
gst_rtc_session_promise (GstRtcSession * self, GstRtcSessionReply func)
{
  Reply *reply = g_new0 (Reply, 1);

  reply->session = g_object_ref (self);
  reply->func = func;
  PRIV (self)->n_jobs++;

  return gst_promise_new_with_change_func (on_promise_changed, reply, NULL);
}

/* Workers */

typedef struct
{
  GstRtcSession *session;
  void (*job) (GstRtcSession *);
  void (*done) (GstRtcSession *);
} WorkerJob;

static void
finish_worker_job (gpointer data)
{
  WorkerJob *job = data;

  if (finish_job (job->session))
    job->done (job->session);
}

static void
free_worker_job (gpointer data)
{
  WorkerJob *job = data;

  g_object_unref (job->session);
  g_free (job);
}

static void
run_worker_job (gpointer data)
{
  WorkerJob *job = data;

  job->job (job->session);
  gst_rtc_control_post (PRIV (job->session)->control, finish_worker_job, job,
      free_worker_job);
}

/**
 * gst_rtc_session_run_on_worker:
 * @job: runs on a worker: what may block, such as the container's way up
 * @done: runs on the control thread afterwards, unless the session is closing
 *
 * A session that is closed meanwhile is torn down when the job is done, so
 * that the two do not change states at the same time.
 *
 * Thread: control
 */
void
gst_rtc_session_run_on_worker (GstRtcSession * self,
    void (*job) (GstRtcSession *), void (*done) (GstRtcSession *))
{
  WorkerJob *data = g_new (WorkerJob, 1);

  gst_rtc_control_assert (PRIV (self)->control);

  data->session = g_object_ref (self);
  data->job = job;
  data->done = done;
  PRIV (self)->n_jobs++;
  gst_rtc_worker_push (run_worker_job, data);
}
