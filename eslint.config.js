/* SPDX-License-Identifier: LGPL-2.1-or-later */

export default [
  { ignores: ["**/dist/", "build*/", "ext/gstwebrtc-api/docs/"] },
  {
    files: ["**/*.js", "**/*.mjs"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: "error",
      eqeqeq: "error",
      "max-lines": ["error", 400],
      "no-fallthrough": "error",
      "no-redeclare": "error",
      "no-shadow": "error",
      "no-unused-private-class-members": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
