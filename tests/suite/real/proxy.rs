//! A wire between the console and the API server that a test can cut: connections end, new ones are refused, until it is mended.
//! Apart from the cluster, which notices nothing of it: what is lost is lost on the way.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// The wire. Dropped, nobody is let through any more.
pub struct Wire {
    /// The console's end.
    pub address: SocketAddr,
    open: Arc<AtomicBool>,
    through: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    /// A wire to this host and port.
    pub fn to(host: &str) -> Self {
        let target = host.to_socket_addrs().unwrap().next().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self {
            address: listener.local_addr().unwrap(),
            open: Arc::new(AtomicBool::new(true)),
            through: Arc::default(),
        };
        let (open, through) = (wire.open.clone(), wire.through.clone());
        std::thread::spawn(move || {
            for console in listener.incoming().map_while(Result::ok) {
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                // A server that is away closes the console's end too.
                if let Ok(server) = TcpStream::connect(target) {
                    join(console, server, &through);
                }
            }
        });
        wire
    }

    /// Ends every connection; new ones are refused until [`Wire::mend`].
    pub fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        for end in self.through.lock().unwrap().drain(..) {
            // It may have ended by itself.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

fn join(console: TcpStream, server: TcpStream, through: &Mutex<Vec<TcpStream>>) {
    let copy = |stream: &TcpStream| stream.try_clone().unwrap();
    through
        .lock()
        .unwrap()
        .extend([copy(&console), copy(&server)]);
    let (back, forth) = ((copy(&server), copy(&console)), (console, server));
    for (mut from, mut to) in [back, forth] {
        std::thread::spawn(move || {
            let mut chunk = [0; 16 << 10];
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                if to.write_all(&chunk[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        });
    }
}

/// A kubeconfig like this one whose server is reached by a wire, and the wire. `user` changes who asks.
pub fn wired(kubeconfig: &Path, folder: &Path, user: impl FnOnce(&mut Value)) -> (PathBuf, Wire) {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let mut config: Value = serde_saphyr::from_str(&text).expect("a kubeconfig");
    let cluster = &mut config["clusters"][0]["cluster"];
    let server = cluster["server"].as_str().unwrap().to_string();
    let uri: http::Uri = server.parse().unwrap();
    let host = uri.host().unwrap().to_string();
    let secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let wire = Wire::to(&format!("{host}:{port}"));
    let scheme = if secure { "https" } else { "http" };
    cluster["server"] = format!("{scheme}://{}", wire.address).into();
    if secure {
        // The certificate still names the server, not the wire.
        cluster["tls-server-name"] = host.into();
    }
    user(&mut config["users"][0]["user"]);
    let file = folder.join("kubeconfig");
    std::fs::write(&file, config.to_string()).unwrap();
    (file, wire)
}
