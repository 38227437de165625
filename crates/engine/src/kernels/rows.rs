//! The operations on rows, compiled for one instruction set.

/// `rows!(Kernel, ["features"], module)` implements [`super::Rows`] for a kernel by the operations of a
/// module: its own, where compilers do not find the vector instructions, and those of [`super::plain`],
/// which it takes over by name. All are compiled for the features, which a value of the kernel's type
/// proves to be there.
macro_rules! rows {
    (@op [$($feature:literal)?] $rows:ident::$function:ident =>
     $name:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        fn $name(&self, $($argument: $type),*) -> $result {
            $(#[target_feature(enable = $feature)])?
            fn compiled($($argument: $type),*) -> $result {
                $rows::$function($($argument),*)
            }
            // SAFETY: a value of the kernel's type exists only where the features were detected.
            #[allow(unused_unsafe, unsafe_code)]
            unsafe {
                compiled($($argument),*)
            }
        }
    };
    ($kernel:ty, [$($feature:literal)?], $rows:ident) => {
        const _: () = {
        use noctule_program::parts::Norm;
        #[allow(unused_imports)]
        use $crate::kernels::*;
        impl Rows for $kernel {
            rows!(@op [$($feature)?] $rows::threshold =>
                threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64);
            rows!(@op [$($feature)?] $rows::codes =>
                codes(tile: TileRow<'_>, rescale: Rescale<'_>, span: Span, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::add_rescaled =>
                add_rescaled(tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::settle =>
                settle(tile: TileRow<'_>, out: &mut [i32; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::norm => norm(norm: &Norm, row: &mut [i16]) -> ());
            rows!(@op [$($feature)?] $rows::exponents =>
                exponents(scores: &[i32], table: &[u16], shift: u8, out: &mut [u16]) -> u64);
            rows!(@op [$($feature)?] $rows::exponent_sum =>
                exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64));
            rows!(@op [$($feature)?] $rows::hide =>
                hide(keep: u64, scores: &mut [i32; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::quotients =>
                quotients(values: &[u16; PANEL], by: Reciprocal, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::look_up =>
                look_up(scores: &[i32; PANEL], by: StepCodes<'_>, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::totals =>
                totals(rows: RowBits<'_>, shifts: &[u32], sums: &mut [i32]) -> ());
            rows!(@op [$($feature)?] $rows::transpose =>
                transpose(block: &mut [u64; PANEL]) -> ());
            rows!(@op [$($feature)?] $rows::split => split(codes: &[u8; PANEL], out: &mut [u64]) -> ());
            rows!(@op [$($feature)?] $rows::add_rows =>
                add_rows(rows: [TableRow<'_>; 2], third: Option<TableRow<'_>>, x: &mut [i16]) -> ());
            rows!(@op [$($feature)?] $rows::put_row =>
                put_row(row: TableRow<'_>, x: &mut [i16]) -> ());
            rows!(@op [$($feature)?] $rows::dot => dot(weights: &[i8], x: &[i16]) -> i32);
            rows!(@op [$($feature)?] $rows::dot_bytes =>
                dot_bytes(weights: &[i8], bytes: &[u8]) -> i32);
        }
        };
    };
}

pub(super) use rows;
