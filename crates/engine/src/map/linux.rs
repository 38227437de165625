//! A program's file, mapped: processes that map the same file share its pages.
//!
//! With the kernels, this file is where `unsafe` stands in the engine: the system's calls for
//! mapping and for signals take pointers.
//!
//! *A file that is cut short* has pages no more, and whoever reads one gets the signal SIGBUS, of
//! which a process dies without a word. Here a handler puts zeros in the place of the whole map and
//! marks it as lost; the reader goes on, and [`SharedBytes::check`], which the engine asks before it
//! gives an answer, refuses. A SIGBUS that concerns no map goes to whom it went to before.
//!
//! *A file that is written to* shows new bytes. `check` notices by length and time of modification.
//!
//! Strictly, Rust allows no bytes behind `&[u8]` to change. What that may do here: nothing is kept of
//! them after loading but tables of codes, read byte by byte as numbers, whatever they are; every
//! length and index comes from copies that were checked.
#![allow(unsafe_code)]

use std::{
    fs::{File, Metadata},
    io,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    ptr, slice,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use noctule_program::codes::{Changed, SharedBytes};

/// A mapped file. The address range stays until this is dropped.
#[derive(Debug)]
pub(crate) struct Map {
    area: &'static Area,
    file: File,
    path: PathBuf,
    stamp: Stamp,
}

/// What changes when a file is written to: bytes, and seconds and nanoseconds of the last time.
type Stamp = (u64, i64, i64);

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

impl Map {
    /// Maps a file that is no pipe, folder or device and not empty.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        catch()?;
        let length = usize::try_from(metadata.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let area = Area::of_file(&file, length)?;
        Ok(Self { area, file, path: path.to_owned(), stamp: stamp(&metadata) })
    }

    fn changed(&self, what: &str) -> Changed {
        Changed(format!(
            "{}: {what} while it was in use, so that answers would be wrong; copy a new file to another name, then rename it",
            self.path.display()
        ))
    }
}

impl SharedBytes for Map {
    fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped for reading as long as `self` is there, by the file's pages
        // or the zeros in their place. Of bytes that change the module's text speaks.
        unsafe {
            slice::from_raw_parts(ptr::with_exposed_provenance(self.area.start), self.area.length)
        }
    }

    fn check(&self) -> Result<(), Changed> {
        if self.area.lost.load(Ordering::Acquire) {
            return Err(self.changed("cut short or unreadable"));
        }
        match self.file.metadata() {
            Ok(metadata) if stamp(&metadata) == self.stamp => Ok(()),
            Ok(_) => Err(self.changed("written to")),
            Err(error) => Err(self.changed(&format!("out of reach ({error})"))),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        self.area.live.store(false, Ordering::Release);
        // SAFETY: mapped in `Area::of_file`, and no slice of it is left.
        unsafe { libc::munmap(self.area.pointer(), self.area.length) };
    }
}

/// A range of addresses that is or was mapped. The handler reads these, so none is ever freed.
#[derive(Debug)]
struct Area {
    start: usize,
    length: usize,
    live: AtomicBool,
    /// Whether zeros stand in its place.
    lost: AtomicBool,
    next: Link,
}

type Link = OnceLock<&'static Area>;

static FIRST: Link = Link::new();

impl Area {
    fn of_file(file: &File, length: usize) -> io::Result<&'static Self> {
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
        // SAFETY: a new map, at an address of the system's choice.
        let start = unsafe {
            libc::mmap(ptr::null_mut(), length, libc::PROT_READ, flags, file.as_raw_fd(), 0)
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let (live, lost) = (AtomicBool::new(true), AtomicBool::new(false));
        let start = start.expose_provenance();
        let area = Box::leak(Box::new(Self { start, length, live, lost, next: Link::new() }));
        area.append();
        Ok(area)
    }

    fn append(&'static self) {
        let mut link = &FIRST;
        while link.set(self).is_err() {
            if let Some(area) = link.get() {
                link = &area.next;
            }
        }
    }

    fn pointer(&self) -> *mut libc::c_void {
        ptr::with_exposed_provenance_mut(self.start)
    }

    fn holds(&self, address: usize) -> bool {
        let inside = address.checked_sub(self.start).is_some_and(|offset| offset < self.length);
        self.live.load(Ordering::Acquire) && inside
    }

    /// Puts zeros in its place. Called by the handler: no lock, no allocation.
    fn replace(&self) -> bool {
        self.lost.store(true, Ordering::Release);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: the range is this area's own, mapped and being read; zeros may be read as well.
        let zeros =
            unsafe { libc::mmap(self.pointer(), self.length, libc::PROT_READ, flags, -1, 0) };
        zeros != libc::MAP_FAILED
    }
}

/// Who was told of SIGBUS before, or the number of the error.
static BEFORE: OnceLock<Result<libc::sigaction, i32>> = OnceLock::new();

/// Has the handler called from now on.
fn catch() -> io::Result<()> {
    match BEFORE.get_or_init(|| set(&on_bus_error())) {
        Ok(_) => Ok(()),
        Err(number) => Err(io::Error::from_raw_os_error(*number)),
    }
}

/// The system's form of the handler. On the stack that Rust gives each thread for signals.
fn on_bus_error() -> libc::sigaction {
    let mut action = default_action();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    action.sa_sigaction = handle as *const () as usize;
    action
}

fn default_action() -> libc::sigaction {
    // SAFETY: plain numbers, of which zeros mean the default action, no flag, no signal blocked.
    unsafe { std::mem::zeroed() }
}

/// Returns who was told before.
fn set(action: &libc::sigaction) -> Result<libc::sigaction, i32> {
    let mut before = default_action();
    // SAFETY: both are valid, and the handler does only what a handler may.
    match unsafe { libc::sigaction(libc::SIGBUS, action, &mut before) } {
        0 => Ok(before),
        _ => Err(io::Error::last_os_error().raw_os_error().unwrap_or_default()),
    }
}

/// Interrupts a thread anywhere: it may only read what is never freed and call the system.
extern "C" fn handle(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the system gives a valid one.
    let address = unsafe { (*info).si_addr() } as usize;
    let areas = std::iter::successors(FIRST.get(), |area| area.next.get());
    let replaced = areas.copied().find(|area| area.holds(address)).is_some_and(Area::replace);
    if !replaced {
        // The instruction is tried again, fails again, and they are told.
        let before = BEFORE.get().and_then(|before| before.ok()).unwrap_or_else(default_action);
        let _ = set(&before);
        // SAFETY: as above.
        let sent = unsafe { (*info).si_code } <= 0;
        if sent {
            // SAFETY: asks the system for nothing but the signal that somebody has sent.
            unsafe { libc::raise(libc::SIGBUS) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;

    fn file(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("noctule-map-{name}-{}", process::id()));
        fs::write(&path, [7; 20_000]).unwrap();
        path
    }

    fn cut(path: &Path, length: u64) {
        File::options().write(true).open(path).unwrap().set_len(length).unwrap();
    }

    #[test]
    fn a_file_cut_short_reads_as_zeros_and_is_lost() {
        let path = file("cut");
        let (map, other) = (Map::open(&path).unwrap(), Map::open(&path).unwrap());
        assert_eq!((map.bytes().len(), map.bytes()[19_999], map.check()), (20_000, 7, Ok(())));
        cut(&path, 0);
        assert!(map.bytes().iter().all(|&byte| byte == 0));
        assert!(map.area.lost.load(Ordering::Relaxed) && !other.area.lost.load(Ordering::Relaxed));
        let message = map.check().unwrap_err().to_string();
        assert!(message.starts_with(&format!("{}: cut short", path.display())), "{message}");
        // The other one has not been read since, and knows by the length.
        assert!(other.check().unwrap_err().to_string().contains("written to"));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_map_that_is_gone_is_nobodys() {
        let path = file("gone");
        let map = Map::open(&path).unwrap();
        let area = map.area;
        assert!(area.holds(area.start) && area.holds(area.start + 19_999));
        assert!(!area.holds(area.start - 1) && !area.holds(area.start + 20_000));
        drop(map);
        assert!(!area.holds(area.start));
        fs::remove_file(path).unwrap();
    }

    /// How a child process ends that does `act`, which must neither lock nor allocate.
    fn end_of_child(act: impl FnOnce()) -> libc::c_int {
        let mut status = 0;
        // SAFETY: the child does nothing but `act` and ends.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                act();
                libc::_exit(0);
            }
            assert!(child > 0 && libc::waitpid(child, &mut status, 0) == child);
        }
        status
    }

    #[test]
    fn a_fault_elsewhere_ends_the_process_as_ever() {
        let path = file("elsewhere");
        let _map = Map::open(&path).unwrap();
        let file = File::open(&path).unwrap();
        // SAFETY: as in `Area::of_file`; nobody is told of this one.
        let foreign = unsafe {
            let flags = libc::MAP_SHARED;
            libc::mmap(ptr::null_mut(), 20_000, libc::PROT_READ, flags, file.as_raw_fd(), 0)
        };
        assert_ne!(foreign, libc::MAP_FAILED);
        cut(&path, 0);
        // SAFETY: mapped; that there is no page is the point.
        let read = || unsafe { foreign.cast::<u8>().read_volatile() };
        let status = end_of_child(|| assert_eq!(read(), 0));
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGBUS, "{status}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_cannot_be_mapped_is_refused() {
        let path = file("empty");
        cut(&path, 0);
        assert!(Map::open(&path).is_err());
        assert!(Map::open(&env::temp_dir()).is_err());
        assert!(Map::open(Path::new("/dev/null")).is_err());
        fs::remove_file(path).unwrap();
    }
}
