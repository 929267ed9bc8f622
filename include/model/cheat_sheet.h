/* cheat_sheet.h - .brokerfs/README.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CHEAT_SHEET_H
#define BFS_MODEL_CHEAT_SHEET_H

extern const char *const bfs_cheat_sheet;

#endif
