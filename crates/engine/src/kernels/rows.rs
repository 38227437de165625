//! The operations on rows, compiled for one instruction set.

/// `rows!(Kernel, ["features"], { threshold: function, .. })` implements
/// [`super::Rows`] for a kernel: the operations named, which compilers do not find vector
/// instructions for, and for the others those of [`super::plain`]. All are compiled for the
/// features, which a value of the kernel's type proves to be there.
macro_rules! rows {
    (@op [$($feature:literal)?] $function:path =>
     $name:ident($($argument:ident: $type:ty),*) -> $result:ty) => {
        fn $name(&self, $($argument: $type),*) -> $result {
            $(#[target_feature(enable = $feature)])?
            fn compiled($($argument: $type),*) -> $result {
                $function($($argument),*)
            }
            // SAFETY: a value of the kernel's type exists only where the features were detected.
            #[allow(unused_unsafe, unsafe_code)]
            unsafe {
                compiled($($argument),*)
            }
        }
    };
    ($kernel:ty, [$($feature:literal)?], {
        threshold: $threshold:path, split: $split:path, exponent_sum: $exponent_sum:path,
        look_up: $look_up:path
    }) => {
        const _: () = {
        use noctule_program::parts::Norm;
        #[allow(unused_imports)]
        use $crate::kernels::*;
        impl Rows for $kernel {
            rows!(@op [$($feature)?] $threshold =>
                threshold(tile: TileRow<'_>, bounds: &[i32; PANEL]) -> u64);
            rows!(@op [$($feature)?] plain::codes =>
                codes(tile: TileRow<'_>, rescale: Rescale<'_>, span: Span, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] plain::add_rescaled =>
                add_rescaled(tile: TileRow<'_>, rescale: Rescale<'_>, x: &mut [i16; PANEL]) -> ());
            rows!(@op [$($feature)?] plain::settle =>
                settle(tile: TileRow<'_>, out: &mut [i32; PANEL]) -> ());
            rows!(@op [$($feature)?] plain::norm => norm(norm: &Norm, row: &mut [i16]) -> ());
            rows!(@op [$($feature)?] plain::exponents =>
                exponents(scores: &[i32], table: &[u16], shift: u8, out: &mut [u16]) -> u64);
            rows!(@op [$($feature)?] $exponent_sum =>
                exponent_sum(scores: &[i32], table: &[u16], shift: u8) -> (i32, u64));
            rows!(@op [$($feature)?] plain::quotients =>
                quotients(values: &[u16; PANEL], by: Reciprocal, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] $look_up =>
                look_up(scores: &[i32; PANEL], by: StepCodes<'_>, codes: &mut [u8; PANEL]) -> ());
            rows!(@op [$($feature)?] plain::totals =>
                totals(rows: RowBits<'_>, shifts: &[u32], sums: &mut [i32]) -> ());
            rows!(@op [$($feature)?] $split => split(codes: &[u8; PANEL], out: &mut [u64]) -> ());
        }
        };
    };
}

pub(super) use rows;
