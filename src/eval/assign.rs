//! The assignment of least cost: each row gets a column of its own.

/// The column of each row of a matrix with at least as many columns as rows, so that the costs add up to the least.
///
/// The shortest augmenting path with potentials (Jonker and Volgenant 1987): O(rows² × columns).
pub(super) fn assign(costs: &[Vec<f64>]) -> Vec<usize> {
    let n_columns = costs.first().map_or(0, Vec::len);
    // Rows and columns count from 1 here: 0 is where a path begins.
    let mut row_potential = vec![0.0; costs.len() + 1];
    let mut column_potential = vec![0.0; n_columns + 1];
    let mut row_of = vec![0; n_columns + 1];
    for row in 1..=costs.len() {
        row_of[0] = row;
        let mut least = vec![f64::INFINITY; n_columns + 1];
        let mut before = vec![0; n_columns + 1];
        let mut is_used = vec![false; n_columns + 1];
        let mut column = 0;
        while row_of[column] != 0 || column == 0 {
            is_used[column] = true;
            let from = row_of[column];
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for to in 1..=n_columns {
                if is_used[to] {
                    continue;
                }
                let cost = costs[from - 1][to - 1] - row_potential[from] - column_potential[to];
                if cost < least[to] {
                    least[to] = cost;
                    before[to] = column;
                }
                if least[to] < delta {
                    delta = least[to];
                    next = to;
                }
            }
            for to in 0..=n_columns {
                if is_used[to] {
                    row_potential[row_of[to]] += delta;
                    column_potential[to] -= delta;
                } else {
                    least[to] -= delta;
                }
            }
            column = next;
            if column == 0 {
                // More rows than columns: nothing is left for this one.
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut columns = vec![0; costs.len()];
    for (column, row) in row_of.iter().enumerate().skip(1) {
        if *row > 0 {
            columns[row - 1] = column - 1;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_the_costs_is_the_least() {
        let costs = [
            vec![1.0, 2.0, 9.0],
            vec![1.0, 9.0, 9.0],
            vec![9.0, 3.0, 4.0],
        ];
        assert_eq!(assign(&costs), [1, 0, 2]);
        assert_eq!(assign(&[vec![3.0, 1.0]]), [1]);
        assert_eq!(assign(&[]), Vec::<usize>::new());
    }
}
