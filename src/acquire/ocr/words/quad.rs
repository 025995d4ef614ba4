//! Where a word stands. In: boxes and corners as files give them. Out: [`Quad`]. Never: a corner that is no number.

/// Farthest coordinate that is believed, in units: no page is larger.
const FARTHEST: f32 = 1.0e6;

/// Four corners of a text, in units of its page (origin top left, y down): its top left first, then on in its reading
/// direction, so that `corners[0]` to `corners[1]` is the direction in which it is read. All are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quad {
    corners: [(f32, f32); 4],
}

impl Quad {
    /// An upright box; `None` where it has no extent or is no place on a page.
    #[must_use]
    pub fn from_box(left: f32, top: f32, right: f32, bottom: f32) -> Option<Self> {
        Self::from_points(&[(left, top), (right, bottom)])
    }

    /// From four corners in reading order; from any other number of points, at least two, the upright box around them.
    /// `None` where they have no extent or are no places on a page.
    #[must_use]
    pub fn from_points(points: &[(f32, f32)]) -> Option<Self> {
        let is_place = |v: f32| v.is_finite() && v.abs() <= FARTHEST;
        if points.len() < 2 || !points.iter().all(|p| is_place(p.0) && is_place(p.1)) {
            return None;
        }
        let (left, top, right, bottom) = extent(points);
        if right <= left || bottom <= top {
            return None;
        }
        let corners = match points {
            [a, b, c, d] => [*a, *b, *c, *d],
            _ => [(left, top), (right, top), (right, bottom), (left, bottom)],
        };
        let quad = Self { corners };
        // Corners that fold the quad to a line say nothing of a direction.
        if quad.width() > 0.0 && quad.height() > 0.0 {
            Some(quad)
        } else {
            Self::from_points(&[(left, top), (right, bottom)])
        }
    }

    /// The same text with each corner moved by a function; `None` where that leads to no place.
    #[must_use]
    pub fn mapped(&self, to: &dyn Fn(f32, f32) -> (f32, f32)) -> Option<Self> {
        Self::from_points(&self.corners.map(|(x, y)| to(x, y)))
    }

    /// The same box, read in a direction turned by so many quarters to the right.
    #[must_use]
    pub fn turned(&self, quarters: u32) -> Self {
        let mut corners = self.corners;
        corners.rotate_left((quarters % 4) as usize);
        Self { corners }
    }

    /// The text in an upright box whose baseline falls by `slope` units a unit to the right.
    #[must_use]
    pub fn slanted(&self, slope: f32) -> Self {
        let (left, top, right, bottom) = self.extent();
        if !slope.is_finite() || slope == 0.0 || slope.abs() > 0.5 {
            return *self;
        }
        let rise = (right - left) * slope.abs();
        let height = (bottom - top - rise).max((bottom - top) / 2.0);
        let (x, y) = self.center();
        let length = slope.hypot(1.0);
        let (along, down) = (
            (1.0 / length, slope / length),
            (-slope / length, 1.0 / length),
        );
        let at = |a: f32, d: f32| (x + a * along.0 + d * down.0, y + a * along.1 + d * down.1);
        let (a, d) = ((right - left) / 2.0, height / 2.0);
        let corners = [at(-a, -d), at(a, -d), at(a, d), at(-a, d)];
        Self::from_points(&corners).unwrap_or(*self)
    }

    /// Its corners.
    #[must_use]
    pub fn corners(&self) -> [(f32, f32); 4] {
        self.corners
    }

    /// Left, top, right and bottom of the upright box around it.
    #[must_use]
    pub fn extent(&self) -> (f32, f32, f32, f32) {
        extent(&self.corners)
    }

    /// Its middle.
    #[must_use]
    pub fn center(&self) -> (f32, f32) {
        let sum = |of: fn(&(f32, f32)) -> f32| self.corners.iter().map(of).sum::<f32>() / 4.0;
        (sum(|c| c.0), sum(|c| c.1))
    }

    /// The direction in which it is read, as a vector as long as it is.
    #[must_use]
    pub fn direction(&self) -> (f32, f32) {
        let [a, b, c, d] = self.corners;
        ((b.0 - a.0 + c.0 - d.0) / 2.0, (b.1 - a.1 + c.1 - d.1) / 2.0)
    }

    /// Its length in reading direction.
    #[must_use]
    pub fn width(&self) -> f32 {
        let (x, y) = self.direction();
        x.hypot(y)
    }

    /// Its extent across its reading direction.
    #[must_use]
    pub fn height(&self) -> f32 {
        let [a, b, c, d] = self.corners;
        ((d.0 - a.0 + c.0 - b.0) / 2.0).hypot((d.1 - a.1 + c.1 - b.1) / 2.0)
    }
}

fn extent(points: &[(f32, f32)]) -> (f32, f32, f32, f32) {
    let far = f32::INFINITY;
    points.iter().fold((far, far, -far, -far), |e, p| {
        (e.0.min(p.0), e.1.min(p.1), e.2.max(p.0), e.3.max(p.1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_without_extent_is_no_place() {
        assert_eq!(Quad::from_box(1.0, 1.0, 1.0, 5.0), None);
        assert_eq!(Quad::from_box(f32::NAN, 1.0, 2.0, 5.0), None);
        assert_eq!(Quad::from_box(0.0, 0.0, 1.0e9, 5.0), None);
        assert_eq!(Quad::from_points(&[(0.0, 0.0)]), None);
    }

    #[test]
    fn a_turned_box_is_read_in_another_direction() {
        let quad = Quad::from_box(0.0, 0.0, 10.0, 40.0).unwrap();
        assert_eq!(quad.direction(), (10.0, 0.0));
        assert_eq!(quad.turned(1).direction(), (0.0, 40.0));
        assert_eq!(quad.turned(3).direction(), (0.0, -40.0));
        assert_eq!(
            (quad.turned(1).width(), quad.turned(1).height()),
            (40.0, 10.0)
        );
    }

    #[test]
    fn a_slanted_text_is_lower_than_its_box() {
        let quad = Quad::from_box(0.0, 0.0, 100.0, 20.0).unwrap().slanted(0.1);
        assert!((quad.height() - 10.0).abs() < 0.5, "{quad:?}");
        let (x, y) = quad.direction();
        assert!((y / x - 0.1).abs() < 1e-4);
    }
}
