/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command line of the program: one option for each property of the server
 * that text can say, and a few of its own. */

#include "options.h"

#include "serversettings.h"

static const struct
{
  const gchar *name;
  gchar letter;
} letters[] = {
  {"port", 'p'}, {"cert", 'c'}, {"key", 'k'},
};

static gchar
letter_of (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (letters); i++) {
    if (g_str_equal (letters[i].name, name))
      return letters[i].letter;
  }

  return 0;
}

static const GstRtcServerSetting *
find_setting (const gchar * option)
{
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    if (option[1] == '-' ? g_str_equal (list[i].name, option + 2) :
        letter_of (list[i].name) == option[1])
      return &list[i];
  }

  g_return_val_if_reached (NULL);
}

/* Lists grow when they are given again */
static void
set_text (GstRtcSignallingServer * server, const GstRtcServerSetting * setting,
    const gchar * text)
{
  g_autofree gchar *old = NULL;
  g_autofree gchar *longer = NULL;
  const gboolean is_list = g_str_equal (setting->name, "stun")
      || g_str_equal (setting->name, "turn")
      || g_str_has_prefix (setting->name, "allow-");

  if (is_list)
    g_object_get (server, setting->name, &old, NULL);
  if (old)
    longer = g_strconcat (old, ",", text, NULL);
  g_object_set (server, setting->name, longer ? longer : text, NULL);
}

static gboolean
on_option (const gchar * option, const gchar * text, gpointer user_data,
    GError ** error)
{
  GstRtcSignallingServer *server = user_data;
  const GstRtcServerSetting *setting = find_setting (option);
  gint64 number;

  if (setting->type == G_TYPE_STRING) {
    set_text (server, setting, text);
    return TRUE;
  }
  if (setting->type == G_TYPE_BOOLEAN) {
    g_object_set (server, setting->name, TRUE, NULL);
    return TRUE;
  }
  if (g_ascii_string_to_signed (text, 10, setting->least, setting->most,
          &number, NULL)) {
    g_object_set (server, setting->name, (gint) number, NULL);
    return TRUE;
  }

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "%s is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
      ", as %s must be", text, setting->least, setting->most, option);
  return FALSE;
}

static gchar *
describe (const GstRtcServerSetting * setting)
{
  if (setting->type == G_TYPE_STRING)
    return setting->text ? g_strdup_printf ("%s (default %s)", setting->blurb,
        setting->text) : g_strdup (setting->blurb);
  if (setting->type == G_TYPE_BOOLEAN)
    return g_strdup (setting->blurb);

  return g_strdup_printf ("%s (default %" G_GINT64_FORMAT ")", setting->blurb,
      setting->number);
}

static void
add_setting (GOptionGroup * group, const GstRtcServerSetting * setting,
    const gchar * description)
{
  const GOptionEntry entry[] = {
    {setting->name, letter_of (setting->name),
          setting->type == G_TYPE_BOOLEAN ? G_OPTION_FLAG_NO_ARG : 0,
          G_OPTION_ARG_CALLBACK, on_option, description,
        setting->type == G_TYPE_STRING ? "TEXT" : "N"},
    {NULL}
  };

  g_option_group_add_entries (group, entry);
}

/* Sets the properties of @server */
gboolean
gst_rtc_options_parse (GstRtcSignallingServer * server,
    GstRtcOptions * options, gint * argc, gchar *** argv, GError ** error)
{
  const GOptionEntry own[] = {
    {"log-level", 0, 0, G_OPTION_ARG_STRING, &options->log_level,
        "error, warn, info (default), debug or trace", "LEVEL"},
    {"version", 'V', 0, G_OPTION_ARG_NONE, &options->version,
        "Print the version and exit", NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- WebRTC signalling server");
  GOptionGroup *group = g_option_group_new ("server", "", "", server, NULL);
  /* a group does not copy them */
  g_autoptr (GPtrArray) descriptions = g_ptr_array_new_with_free_func (g_free);
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    if (list[i].type == GST_TYPE_STRUCTURE)
      continue;
    g_ptr_array_add (descriptions, describe (&list[i]));
    add_setting (group, &list[i], g_ptr_array_index (descriptions,
            descriptions->len - 1));
  }
  g_option_group_add_entries (group, own);
  g_option_context_set_main_group (context, group);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;

  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
        "unexpected argument '%s'", (*argv)[1]);
    return FALSE;
  }

  return TRUE;
}

void
gst_rtc_options_clear (GstRtcOptions * options)
{
  g_free (options->log_level);
}
