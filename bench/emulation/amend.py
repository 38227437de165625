"""Amends the source of Bochs so that Linux offers AMX in it; run in the folder that holds `cpu`.

What is missing there (3.1 in development, August 2026) and is needed here:
  - extended feature disable (XFD): without it Linux hides the tiles. Its two registers, its CPUID
    bits, the exception at the first tile instruction, and the saved state of a disabled component.
  - four slips in how tiles are saved at a task switch: half of the rows, "in use" the wrong way
    round, rows and bytes a row exchanged, alignment left out of the size that CPUID tells.
Every amendment must fit exactly once, so that another version is noticed.
"""

import pathlib

GLOBALS = "extern Bit64u xfd_disabled, xfd_error;\n"
INCLUDED = "#define LOG_THIS BX_CPU_THIS_PTR\n"
WRONG_SAVE = """      write_virtual_zmmword(i->seg(), (offset+(tile*BX_TILE_MAX_ROWS+row)*64)"""
WRONG_RESTORE = """      read_virtual_zmmword(i->seg(), (offset+(tile*BX_TILE_MAX_ROWS+row)*64)"""
HALF = "for (unsigned row=0; row < BX_TILE_REGISTERS; row++) {\n"
WHOLE = "for (unsigned row=0; row < BX_TILE_MAX_ROWS; row++) {\n"

AMENDMENTS = {
    "cpu/xsave.cc": [
        (INCLUDED, INCLUDED + GLOBALS),
        (HALF + WRONG_SAVE, WHOLE + WRONG_SAVE),
        (HALF + WRONG_RESTORE, WHOLE + WRONG_RESTORE),
        ("amx->tile_use_tracker == 0);", "amx->tile_use_tracker != 0);"),
        ("vmm16u(8+n)    = BX_CPU_THIS_PTR amx->tilecfg[n].rows",
         "vmm16u(8+n)    = BX_CPU_THIS_PTR amx->tilecfg[n].bytes_per_row"),
        ("vmmubyte(48+n) = BX_CPU_THIS_PTR amx->tilecfg[n].bytes_per_row",
         "vmmubyte(48+n) = BX_CPU_THIS_PTR amx->tilecfg[n].rows"),
        ("  return xinuse;\n", "  return xinuse & ~Bit32u(xfd_disabled);\n"),
    ],
    "cpu/proc_ctrl.cc": [
        (INCLUDED, INCLUDED + "Bit64u xfd_disabled = 0, xfd_error = 0;\n"),
        ("(BX_XCR0_XTILECFG_MASK | BX_XCR0_XTILEDATA_MASK)) != 0)\n    clear_amx_ok();",
         "(BX_XCR0_XTILECFG_MASK | BX_XCR0_XTILEDATA_MASK)) != 0 ||\n"
         "      (xfd_disabled & BX_XCR0_XTILEDATA_MASK) != 0)\n    clear_amx_ok();"),
        ("& (BX_XCR0_XTILECFG_MASK | BX_XCR0_XTILEDATA_MASK))\n    exception(BX_UD_EXCEPTION, 0);\n",
         "& (BX_XCR0_XTILECFG_MASK | BX_XCR0_XTILEDATA_MASK))\n    exception(BX_UD_EXCEPTION, 0);\n"
         "\n  if (xfd_disabled & BX_XCR0_XTILEDATA_MASK) {\n    xfd_error = BX_XCR0_XTILEDATA_MASK;\n"
         "    exception(BX_NM_EXCEPTION, 0);\n  }\n"),
    ],
    "cpu/msr.cc": [
        (INCLUDED, INCLUDED + GLOBALS),
        ("    case BX_MSR_TSC_ADJUST:\n      val64 =",
         "    case BX_MSR_IA32_XFD:\n      val64 = xfd_disabled;\n      break;\n"
         "    case BX_MSR_IA32_XFD_ERROR:\n      val64 = xfd_error;\n      break;\n"
         "    case BX_MSR_TSC_ADJUST:\n      val64 ="),
        ("    case BX_MSR_TSC_ADJUST:\n      BX_CPU_THIS_PTR tsc_adjust =",
         "    case BX_MSR_IA32_XFD:\n      xfd_disabled = val_64;\n      handleAvxModeChange();\n      break;\n"
         "    case BX_MSR_IA32_XFD_ERROR:\n      xfd_error = val_64;\n      break;\n"
         "    case BX_MSR_TSC_ADJUST:\n      BX_CPU_THIS_PTR tsc_adjust ="),
        ('  msr_desc[BX_MSR_TSC_ADJUST] =',
         '  msr_desc[BX_MSR_IA32_XFD] = new MSR_Descriptor("MSR_IA32_XFD", BX_ISA_AMX);\n'
         '  msr_desc[BX_MSR_IA32_XFD_ERROR] = new MSR_Descriptor("MSR_IA32_XFD_ERROR", BX_ISA_AMX);\n'
         '  msr_desc[BX_MSR_TSC_ADJUST] ='),
    ],
    "cpu/cpuid.cc": [
        ("      leaf->eax |= (1<<3);\n\n    // EBX[31:00]",
         "      leaf->eax |= (1<<3);\n    if (is_cpu_extension_supported(BX_ISA_AMX))\n"
         "      leaf->eax |= (1<<4);\n\n    // EBX[31:00]"),
        ("      max_size += xsave_restore[n].len;\n",
         "      max_size = ((xsave_restore[n].attr & BX_XSAVE_ALIGN64) ? (max_size + 63) & ~63u : max_size)\n"
         "        + xsave_restore[n].len;\n"),
    ],
    "cpu/crregs.cc": [
        ("xsave_restore[xcr0_t::BX_XCR0_XTILEDATA_BIT].attr   = BX_XSAVE_ALIGN64;",
         "xsave_restore[xcr0_t::BX_XCR0_XTILEDATA_BIT].attr   = BX_XSAVE_ALIGN64 | BX_XSAVE_XFD_SUPPORT;"),
    ],
}


def amend(path, amendments):
    text = pathlib.Path(path).read_text(encoding="latin-1")
    for old, new in amendments:
        if text.count(old) != 1:
            raise SystemExit(f"{path}: not once, another version of Bochs? {old!r}")
        text = text.replace(old, new)
    pathlib.Path(path).write_text(text, encoding="latin-1")


for path, amendments in AMENDMENTS.items():
    amend(path, amendments)
