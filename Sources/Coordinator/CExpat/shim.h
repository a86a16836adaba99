#ifndef CEXPAT_H
#define CEXPAT_H

// Expat's interface: XML as it comes, piece by piece (libexpat.github.io).
#include <expat.h>

#endif
