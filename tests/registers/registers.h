/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What registers.c needs to know of an architecture stands in a header of its own, arch/NAME.h,
 * which run.sh puts in front of it:
 *
 *	CLASSES(X)	X(name, type, constraint, nr, bytes) for each class of registers that a
 *			compiler may keep variables in: nr variables of that type, of which the
 *			first bytes count, go into registers by that constraint. As many as there
 *			are registers, so that those which a call does not preserve are among them.
 *	spoil()		changes every register that a function may change
 *	spoil_saved()	changes those that a function has to give back, and says so to the compiler
 *	leave_mmx()	what the CPU wants after a use of these classes before other code runs
 *
 * and arch/NAME.registers has all registers that a function may change: in each line the macro that
 * the compiler defines where it uses them ("-" if it always does), and their names. For an
 * architecture that is emulated, arch/NAME.flags has what makes the compiler use more of them.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#ifndef CLASSES
#error "registers: this architecture's registers are not described yet"
#endif

#endif /* REGISTERS_H */
