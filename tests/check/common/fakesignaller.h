/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>

G_BEGIN_DECLS

#define FAKE_TYPE_SIGNALLER (fake_signaller_get_type ())
G_DECLARE_FINAL_TYPE (FakeSignaller, fake_signaller, FAKE, SIGNALLER, GObject)

/* Takes the text of an outgoing description, returns another */
typedef gchar *(*FakeSignallerEdit) (gchar * text);

FakeSignaller *fake_signaller_new (void);
FakeSignaller *fake_signaller_new_listing (void);
void fake_signaller_pair (FakeSignaller * self, FakeSignaller * other);
void fake_signaller_edit (FakeSignaller * self, FakeSignallerEdit edit);

guint fake_signaller_count (FakeSignaller * self, const gchar * call);
gchar *fake_signaller_wait (FakeSignaller * self, const gchar * call);
void fake_signaller_wait_count (FakeSignaller * self, const gchar * call,
    guint n);
void fake_signaller_forget (FakeSignaller * self);

G_END_DECLS
