/* SPDX-License-Identifier: Apache-2.0 */
/* Libfdt includes it and uses nothing from it. */
