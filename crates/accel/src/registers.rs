//! The control and status registers: the one table that `csr`, `bat_pkg`, the harness and the manual are made from.

use std::fmt::Write as _;

/// What a bus may do with a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read,
    /// Write only; reads 0.
    Write,
    /// Both.
    ReadWrite,
}

/// A register of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Name; `REG_NAME` in `bat_pkg`.
    pub name: &'static str,
    /// Byte offset.
    pub offset: usize,
    /// Access.
    pub access: Access,
    /// What it says or does.
    pub about: &'static str,
}

/// What register ID reads: "BAT" and a zero byte.
pub const ID: usize = 0x0054_4142;
/// What register VERSION reads; counts up when instructions, registers or the image change their form.
pub const VERSION: usize = 1;

const fn register(
    offset: usize,
    name: &'static str,
    access: Access,
    about: &'static str,
) -> Register {
    Register { name, offset, access, about }
}

/// All registers, by offset.
pub const REGISTERS: [Register; 12] = [
    register(0x00, "ID", Access::Read, "`BAT` and a zero byte, lowest first"),
    register(0x04, "VERSION", Access::Read, "version of instructions, registers and image"),
    register(0x08, "CONTROL", Access::Write, "bit 0: start, ignored while busy"),
    register(
        0x0c,
        "STATUS",
        Access::Read,
        "bit 0: busy; bit 1: finished since the last start; bit 2: external memory answered an error",
    ),
    register(0x10, "IMAGE_LO", Access::ReadWrite, "byte address of the image, a multiple of 4096"),
    register(0x14, "IMAGE_HI", Access::ReadWrite, "its high half"),
    register(0x18, "PROGRAM", Access::ReadWrite, "beat of the image where the instructions start"),
    register(0x1c, "COUNT", Access::ReadWrite, "instructions, at most `IMEM_DEPTH`"),
    register(
        0x20,
        "CYCLES_LO",
        Access::Read,
        "cycles from start to the last instruction's end, both included",
    ),
    register(0x24, "CYCLES_HI", Access::Read, "its high half"),
    register(0x28, "TILE", Access::Read, "`TILE` of the configuration"),
    register(0x2c, "K", Access::Read, "`K` of the configuration"),
];

/// The table as the manual prints it, in Markdown.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| offset | register | access | meaning |\n|---|---|---|---|\n");
    for register in &REGISTERS {
        let access = match register.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::ReadWrite => "read, write",
        };
        let Register { offset, name, about, .. } = register;
        let _ = writeln!(text, "| 0x{offset:02x} | `{name}` | {access} | {about} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_words_in_order() {
        for (n, register) in REGISTERS.iter().enumerate() {
            assert_eq!(register.offset, 4 * n, "{}", register.name);
        }
    }
}
