"""The page of the reports (报表): what to make, what there is, and its pages as pictures. Console side."""
