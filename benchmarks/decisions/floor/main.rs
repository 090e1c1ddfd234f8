// The floor: precompiled statements of one action, interned keys, std only; it knows only what the workloads need.
use std::{collections::HashMap, env, fs, time::Instant};
enum Pat {
    Any,
    Exact(String),
    Prefix(String),
    Glob(Vec<u8>),
    Dyn(Vec<(String, Option<usize>)>),
}
struct Cond {
    op: u8,
    q: u8,
    ife: bool,
    neg: bool,
    key: usize,
    pats: Vec<Pat>,
    vals: Vec<String>,
    nets: Vec<(u32, u32)>,
    nums: Vec<f64>,
}
struct Stmt {
    notres: bool,
    anyres: bool,
    res: Vec<Pat>,
    conds: Vec<Cond>,
}
#[derive(Clone)]
enum Val {
    None,
    One(String),
    Many(Vec<String>),
}
struct Req {
    p: u32,
    a: u32,
    res: String,
    want: u8,
    ctx: Vec<Val>,
}
struct Ent {
    deny: Vec<u32>,
    layers: Vec<Vec<u32>>,
}
fn glob(p: &[u8], s: &[u8]) -> bool {
    let (mut i, mut j, mut star, mut mark) = (0, 0, usize::MAX, 0);
    while j < s.len() {
        if i < p.len() && p[i] == b'*' {
            star = i;
            mark = j;
            i += 1
        } else if i < p.len() && (p[i] == s[j] || p[i] == b'?') {
            i += 1;
            j += 1
        } else if star != usize::MAX {
            i = star + 1;
            mark += 1;
            j = mark
        } else {
            return false;
        }
    }
    while i < p.len() && p[i] == b'*' {
        i += 1
    }
    i == p.len()
}
fn pat(t: &str) -> Pat {
    let (k, x) = t.split_once('\x1e').unwrap();
    match k {
        "0" => Pat::Any,
        "1" => Pat::Exact(x.into()),
        "2" => Pat::Prefix(x.into()),
        "3" => Pat::Glob(x.as_bytes().to_vec()),
        _ => {
            let mut v = vec![];
            let mut it = x.split('\x02');
            v.push((it.next().unwrap().to_string(), None));
            for y in it {
                let (n, rest) = y.split_once('\x03').unwrap();
                v.push((rest.to_string(), Some(n.parse().unwrap())))
            }
            Pat::Dyn(v)
        }
    }
}
fn pm(p: &Pat, s: &str, c: &[Val]) -> bool {
    match p {
        Pat::Any => true,
        Pat::Exact(x) => x == s,
        Pat::Prefix(x) => s.starts_with(x.as_str()),
        Pat::Glob(g) => glob(g, s.as_bytes()),
        Pat::Dyn(v) => {
            let mut o = String::with_capacity(128);
            for (t, k) in v {
                if let Some(k) = k {
                    match &c[*k] {
                        Val::One(x) => o.push_str(x),
                        _ => return false,
                    }
                }
                o.push_str(t)
            }
            glob(o.as_bytes(), s.as_bytes())
        }
    }
}
fn ip(s: &str) -> u32 {
    s.split('.')
        .fold(0u32, |a, x| a << 8 | x.parse::<u32>().unwrap_or(0))
}
impl Cond {
    fn one(&self, v: &str, c: &[Val]) -> bool {
        match self.op {
            1 | 2 => {
                if self.pats.is_empty() {
                    self.vals.iter().any(|x| x == v)
                } else {
                    self.pats.iter().any(|p| pm(p, v, c))
                }
            }
            3 => self.vals.iter().any(|x| x.eq_ignore_ascii_case(v)),
            4 => {
                let x = ip(v);
                self.nets.iter().any(|n| n.0 <= x && x <= n.1)
            }
            5..=9 => {
                let f: f64 = v.parse().unwrap_or(f64::NAN);
                self.nums.iter().any(|&y| match self.op {
                    5 => f == y,
                    6 => f < y,
                    7 => f <= y,
                    8 => f > y,
                    _ => f >= y,
                })
            }
            10 => self.vals.iter().any(|t| v < t.as_str()),
            _ => self.vals.iter().any(|t| v > t.as_str()),
        }
    }
    fn test(&self, c: &[Val]) -> bool {
        let v = &c[self.key];
        if self.op == 12 {
            return matches!(v, Val::None) == (self.vals[0] == "true");
        }
        match v {
            Val::None => self.ife || self.q == 1 || (self.neg && self.q != 2),
            Val::One(s) => self.one(s, c) != self.neg,
            Val::Many(m) => {
                if self.q == 1 {
                    m.iter().all(|x| self.one(x, c) != self.neg)
                } else {
                    m.iter().any(|x| self.one(x, c) != self.neg)
                }
            }
        }
    }
}
impl Stmt {
    fn m(&self, r: &str, c: &[Val]) -> bool {
        (self.anyres || self.res.iter().any(|p| pm(p, r, c)) != self.notres)
            && self.conds.iter().all(|k| k.test(c))
    }
}
fn main() {
    let a: Vec<String> = env::args().collect();
    let runs: usize = a[2].parse().unwrap();
    let txt = fs::read_to_string(&a[1]).unwrap();
    let (mut st, mut en, mut rq, mut nk) = (vec![], vec![], vec![], 0usize);
    let mut idx: HashMap<(u32, u32), u32> = HashMap::new();
    let t0 = Instant::now();
    for l in txt.lines() {
        let f: Vec<&str> = l.split('\t').collect();
        match f[0] {
            "H" => nk = f[1].parse().unwrap(),
            "S" => {
                let conds = if f[4].is_empty() {
                    vec![]
                } else {
                    f[4].split('\x1c')
                        .map(|c| {
                            let x: Vec<&str> = c.split('\x1d').collect();
                            let op: u8 = x[0].parse().unwrap();
                            let vals: Vec<String> = x[6..].iter().map(|s| s.to_string()).collect();
                            let isp = op == 2 || (op == 1 && x[4] == "1");
                            Cond {
                                op,
                                q: x[1].parse().unwrap(),
                                ife: x[2] == "1",
                                neg: x[3] == "1",
                                key: x[5].parse().unwrap(),
                                pats: if isp {
                                    vals.iter().map(|v| pat(v)).collect()
                                } else {
                                    vec![]
                                },
                                nets: if op == 4 {
                                    vals.iter()
                                        .map(|v| {
                                            let (b, n) = v.split_once('/').unwrap();
                                            let n: u32 = n.parse().unwrap();
                                            let m = if n == 0 { 0 } else { u32::MAX << (32 - n) };
                                            (ip(b) & m, ip(b) | !m)
                                        })
                                        .collect()
                                } else {
                                    vec![]
                                },
                                nums: if (5..=9).contains(&op) {
                                    vals.iter().map(|v| v.parse().unwrap()).collect()
                                } else {
                                    vec![]
                                },
                                vals,
                            }
                        })
                        .collect()
                };
                st.push(Stmt {
                    notres: f[1] == "1",
                    anyres: f[2] == "1",
                    res: f[3].split('\x1c').map(pat).collect(),
                    conds,
                })
            }
            "E" => {
                let ids = |s: &str| -> Vec<u32> {
                    s.split(',')
                        .filter(|x| !x.is_empty())
                        .map(|x| x.parse().unwrap())
                        .collect()
                };
                en.push(Ent {
                    deny: ids(f[1]),
                    layers: if f[2] == "-" {
                        vec![]
                    } else {
                        f[2].split(';').map(ids).collect()
                    },
                })
            }
            _ => {
                let mut ctx = vec![Val::None; nk];
                for kv in f[6].split('\x1c') {
                    let mut x: Vec<&str> = kv.split('\x1d').collect();
                    let list = x.pop().unwrap() == "L";
                    let k: usize = x[0].parse().unwrap();
                    ctx[k] = if list {
                        Val::Many(x[1..].iter().map(|s| s.to_string()).collect())
                    } else {
                        Val::One(x[1].into())
                    }
                }
                let (p, ac): (u32, u32) = (f[1].parse().unwrap(), f[2].parse().unwrap());
                idx.insert((p, ac), f[3].parse().unwrap());
                rq.push(Req {
                    p,
                    a: ac,
                    res: f[4].into(),
                    want: f[5].parse().unwrap(),
                    ctx,
                })
            }
        }
    }
    let load = t0.elapsed().as_secs_f64() * 1e3;
    let decide = |r: &Req| -> u8 {
        let e = &en[idx[&(r.p, r.a)] as usize];
        if e.deny.iter().any(|&s| st[s as usize].m(&r.res, &r.ctx)) {
            return 2;
        }
        for l in &e.layers {
            if !l.iter().any(|&s| st[s as usize].m(&r.res, &r.ctx)) {
                return 0;
            }
        }
        1
    };
    let ok = rq.iter().filter(|r| decide(r) == r.want).count();
    let mut v = vec![];
    for _ in 0..runs {
        let t = Instant::now();
        let mut x = 0u64;
        for r in &rq {
            x += decide(r) as u64
        }
        std::hint::black_box(x);
        v.push(rq.len() as f64 / t.elapsed().as_secs_f64())
    }
    v.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut lat: Vec<u64> = rq
        .iter()
        .map(|r| {
            let t = Instant::now();
            std::hint::black_box(decide(r));
            t.elapsed().as_nanos() as u64
        })
        .collect();
    lat.sort();
    println!("{{\"engine\":\"rust-floor\",\"size\":\"{}\",\"n\":{},\"dps\":{:.0},\"p50_us\":{:.3},\"p99_us\":{:.3},\"load_ms\":{:.0},\"agree3\":{:.4}}}", a[1].rsplit('/').next().unwrap(), rq.len(), v[runs / 2], lat[rq.len() / 2] as f64 / 1e3, lat[rq.len() * 99 / 100] as f64 / 1e3, load, ok as f64 / rq.len() as f64);
}
