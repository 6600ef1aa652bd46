"""The style sheet of the desk's plain controls: fields, buttons, tables. Everything that means something is painted by hand."""

from importlib import resources

from widgets.theme import Theme

_ICONS = str(resources.files("resources").joinpath("icons")).replace("\\", "/")  # the one kind of path a style sheet takes


def style_sheet(theme: Theme) -> str:
    t = theme
    return f"""
QWidget {{ color: {t.text}; }}
QLineEdit, QPlainTextEdit, QSpinBox, QComboBox, QDateTimeEdit {{
  background: {t.surface}; border: 1px solid {t.line}; border-radius: 3px; padding: 5px 8px;
  selection-background-color: {t.focus}; selection-color: {t.background}; }}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus, QDateTimeEdit:focus {{ border: 1px solid {t.focus}; }}
QLineEdit:disabled {{ color: {t.text_dim}; }}
QComboBox::drop-down, QDateTimeEdit::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow, QDateTimeEdit::down-arrow {{ image: url("{_ICONS}/down-{t.name}.svg"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {t.surface}; border: 1px solid {t.line};
  selection-background-color: {t.raised}; selection-color: {t.text}; }}
QPushButton {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 3px; padding: 6px 16px; }}
QPushButton:hover {{ border-color: {t.text_dim}; }}
QPushButton:pressed {{ background: {t.line}; }}
QPushButton:focus {{ border: 2px solid {t.focus}; padding: 5px 15px; }}
QPushButton:disabled {{ color: {t.text_dim}; }}
QPushButton#primary {{ background: {t.focus}; color: {t.background}; border: 1px solid {t.focus}; font-weight: bold; }}
QPushButton#primary:focus {{ border: 2px solid {t.text}; padding: 5px 15px; }}
QPushButton#primary:disabled {{ background: {t.raised}; color: {t.text_dim}; border-color: {t.line}; }}
QPushButton:checked {{ background: {t.background}; border: 1px solid {t.focus}; }}
QPushButton:checked:focus {{ border: 2px solid {t.focus}; padding: 5px 15px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 3px; padding: 4px 8px; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton:focus {{ border: 2px solid {t.focus}; padding: 3px 7px; }}
QToolButton#quiet:focus {{ padding: 3px 3px; }}
QToolButton:checked {{ background: {t.raised}; }}
QToolButton#quiet {{ padding: 4px 4px; }}
QTabBar {{ min-height: 38px; }}
QTabBar::tab {{ background: transparent; color: {t.text_dim}; border: 0; border-bottom: 3px solid transparent;
  padding: 6px 12px; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 3px solid {t.focus}; }}
QFrame#card {{ background: {t.surface}; border: 1px solid {t.line}; border-radius: 4px; }}
QLabel#dim {{ color: {t.text_dim}; }}
QLabel#error {{ color: {t.text}; background: {t.raised}; border-left: 4px solid {t.bad}; padding: 8px 10px; }}
QLabel#hint {{ color: {t.text_dim}; }}
QLabel#thumbprint {{ background: {t.background}; border: 1px solid {t.line}; padding: 8px 10px; }}
QListView {{ background: {t.surface}; }}
QTableView {{ background: {t.surface}; alternate-background-color: {t.surface}; gridline-color: {t.line};
  border: 1px solid {t.line}; selection-background-color: {t.raised}; selection-color: {t.text}; }}
QTableView::item {{ padding: 0 8px; }}
QHeaderView::section {{ background: {t.raised}; color: {t.text_dim}; border: 0; border-right: 1px solid {t.line};
  border-bottom: 1px solid {t.line}; padding: 6px 8px; }}
QTableCornerButton::section {{ background: {t.raised}; border: 0; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QScrollBar:vertical {{ background: {t.background}; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: {t.background}; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {t.text_dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QMenu {{ background: {t.surface}; border: 1px solid {t.line}; padding: 4px; }}
QMenu::item {{ padding: 6px 20px; }}
QMenu::item:selected {{ background: {t.raised}; }}
"""
