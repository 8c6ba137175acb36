/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and fields of redistributors and ITS: IHI 0069, chapter 12. Offsets in their frames. */
#ifndef PORTCULLIS_GIC_REGISTER_H
#define PORTCULLIS_GIC_REGISTER_H

#define GICD_TYPER          0x0004U
#define GICD_TYPER_ID_SHIFT 19U

#define GICR_CTLR      0x0000U
#define GICR_IIDR      0x0004U
#define GICR_TYPER     0x0008U
#define GICR_STATUSR   0x0010U
#define GICR_WAKER     0x0014U
#define GICR_MPAMIDR   0x0018U
#define GICR_PARTIDR   0x001cU
#define GICR_OWN       0x0020U /* IMPLEMENTATION DEFINED, up to 0x3f: power and features */
#define GICR_SETLPIR   0x0040U
#define GICR_CLRLPIR   0x0048U
#define GICR_PROPBASER 0x0070U
#define GICR_PENDBASER 0x0078U
#define GICR_INVLPIR   0x00a0U
#define GICR_INVALLR   0x00b0U
#define GICR_SYNCR     0x00c0U

#define GICR_CTLR_LPIS     (1UL << 0)
#define GICR_CTLR_RWP      (1UL << 3)
#define GICR_TYPER_VLPIS   (1UL << 1)
#define GICR_TYPER_LAST    (1UL << 4)
#define GICR_TYPER_VIRTUAL ((1UL << 3) | (1UL << 7)) /* Dirty, RVPEID */
#define GICR_VLPI_FRAME    (2UL * GIC_FRAME)         /* of a GICv4, from RD_base */
#define GICR_PROPBASER_IDS 0x1fUL

#define GICR_PROPBASER_ADDRESS 0x000ffffffffff000UL
#define GICR_PENDBASER_ADDRESS 0x000fffffffff0000UL

#define GITS_CTLR    0x0000U
#define GITS_IIDR    0x0004U
#define GITS_TYPER   0x0008U
#define GITS_STATUSR 0x0040U
#define GITS_CBASER  0x0080U
#define GITS_CWRITER 0x0088U
#define GITS_CREADR  0x0090U
#define GITS_BASER   0x0100U

#define GITS_CTLR_ENABLED   (1UL << 0)
#define GITS_CTLR_IMDE      (1UL << 1)
#define GITS_CTLR_UMSI      (1UL << 8)
#define GITS_CTLR_QUIESCENT (1UL << 31)

#define GITS_TYPER_VIRTUAL      (1UL << 1)
#define GITS_TYPER_ITT_SHIFT    4U /* size of an entry, less one */
#define GITS_TYPER_EVENT_SHIFT  8U
#define GITS_TYPER_DEVICE_SHIFT 13U
#define GITS_TYPER_PTA          (1UL << 19)
#define GITS_TYPER_VIRTUAL_MORE (0x1fUL << 37) /* VMOVP, MPAM, VSGI, VMAPP, SVPET */
#define GITS_TYPER_SVPET        (3UL << 41)

#define GITS_BASE_VALID  (1UL << 63) /* of GITS_CBASER and GITS_BASERn */
#define GITS_BASE_INNER  (7UL << 59) /* cacheability */
#define GITS_BASE_RAWAWB (7UL << 59)
#define GITS_BASE_NC     (1UL << 59)
#define GITS_BASE_SHARED (3UL << 10)
#define GITS_BASE_ISH    (1UL << 10)

#define GITS_CBASER_ADDRESS 0x000ffffffffff000UL
#define GITS_CBASER_SIZE    0xffUL
#define GITS_CBASER_KEPT    (GITS_BASE_INNER | (7UL << 53) | GITS_BASE_SHARED)

#define GITS_BASER_INDIRECT    (1UL << 62)
#define GITS_BASER_TYPE_SHIFT  56U
#define GITS_BASER_ENTRY_SHIFT 48U
#define GITS_BASER_FIXED       ((7UL << 56) | (0x1fUL << 48)) /* Type, Entry_Size */
#define GITS_BASER_PAGES_SHIFT 8U
#define GITS_BASER_PAGES       (3UL << 8)
#define GITS_BASER_ADDRESS     0x0000fffffffff000UL

#define GITS_DEVICES     1U
#define GITS_COLLECTIONS 4U

#define GITS_OFFSET 0xfffe0UL /* of GITS_CWRITER and GITS_CREADR */
#define GITS_RETRY  (1UL << 0)

#endif
