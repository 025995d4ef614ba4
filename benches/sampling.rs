//! Do samples hold what they promise? 20,000 forms in unequal strata, drawn and judged again and again: `cargo bench --bench sampling`, with
//! another number of draws behind `--`. The figures are in benches/README.md.
#![expect(clippy::print_stdout, reason = "what a bench finds is printed")]

mod simulation;

use simulation::Population;

/// Strata of 20,000 forms.
const SIZES: [usize; 8] = [12_000, 4_000, 2_000, 1_000, 600, 300, 90, 10];

fn main() {
    let n_draws = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(2_000);
    let unequal: [usize; 8] = [60, 80, 100, 80, 60, 60, 45, 5];
    let even: [usize; 8] = [60, 20, 10, 5, 3, 2, 0, 0];
    let lumped: [usize; 8] = [0, 0, 0, 0, 0, 100, 0, 0];
    let check = |name: &str, plan: &str, defective: &[usize; 8]| {
        let strata: Vec<(usize, usize)> =
            SIZES.into_iter().zip(defective.iter().copied()).collect();
        let population = Population::new(&strata);
        let outcome = population.outcome(plan, n_draws);
        println!(
            "{plan:<18} {name:<28} true {:.3} %  drawn {:>5}  mean {:.3} %  covered {:.1} %  width {:.2} %  accepted {:.1} %",
            100.0 * population.rate(),
            outcome.n_drawn,
            100.0 * outcome.mean,
            100.0 * outcome.covered,
            100.0 * outcome.width,
            100.0 * outcome.accepted,
        );
    };
    let scaled = |permille: usize| SIZES.map(|n| n * permille / 1_000);
    check("0.5 % to 50 % by stratum", "percent:5", &unequal);
    check("0.5 % to 50 % by stratum", "percent:1", &unequal);
    check("0.5 % to 50 % by stratum", "ci:0.5@95", &unequal);
    check("0.5 % to 50 % by stratum", "aql:2.5", &unequal);
    check("2 % everywhere", "percent:5", &scaled(20));
    check("at E, everywhere", "ci:0.5@95", &even);
    check("at E, all in one stratum", "ci:0.5@95", &lumped);
    check("at E, everywhere", "ci:0.5@95,2", &even);
    check("at E, all in one stratum", "ci:0.5@95,2", &lumped);
    check("at the AQL", "aql:1.0", &scaled(10));
    check("at 2 times the AQL", "aql:1.0", &scaled(20));
    check("at 5 times the AQL", "aql:1.0", &scaled(50));
    check("at the AQL", "aql:1.0,tightened", &scaled(10));
}
