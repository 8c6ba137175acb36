// SPDX-License-Identifier: GPL-2.0-only
/*
 * A way for root's programs to make SMC calls from the kernel, with memory whose physical addresses
 * they know. It exists to measure and compare what is below Linux, on the same kernel: load it on
 * no machine whose users are not all trusted with everything.
 *
 * What was shared with the other world by such calls must be taken back by the program: memory
 * whose program ends before that would be the kernel's again while others can reach it. So memory
 * is never freed, only kept for the next open file.
 */
#include <linux/arm-smccc.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "ffa_calls.h"

#define CHUNKS (FFA_CALLS_MEMORY_MAX / FFA_CALLS_CHUNK)

static DEFINE_MUTEX(lock); /* chunks[] and chunk_count */
static struct page *chunks[CHUNKS];
static unsigned int chunk_count;

static long reserve(u64 bytes)
{
	u64 count = (bytes + FFA_CALLS_CHUNK - 1) / FFA_CALLS_CHUNK;
	long error = 0;

	if (bytes == 0 || bytes > FFA_CALLS_MEMORY_MAX)
		return -EINVAL;
	mutex_lock(&lock);
	while (chunk_count < count && !error) {
		struct page *page =
		    alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(FFA_CALLS_CHUNK));

		if (page)
			chunks[chunk_count++] = page;
		else
			error = -ENOMEM;
	}
	mutex_unlock(&lock);
	return error;
}

static struct page *chunk_at(u64 offset)
{
	u64 index = offset / FFA_CALLS_CHUNK;
	struct page *page = NULL;

	mutex_lock(&lock);
	if (index < chunk_count)
		page = chunks[index];
	mutex_unlock(&lock);
	return page;
}

static long make_call(void __user *argument)
{
	struct arm_smccc_1_2_regs registers = {0};
	struct ffa_calls_registers call;

	BUILD_BUG_ON(sizeof(call) != sizeof(registers));
	if (copy_from_user(&call, argument, sizeof(call)))
		return -EFAULT;
	memcpy(&registers, &call, sizeof(call));
	arm_smccc_1_2_smc(&registers, &registers);
	return copy_to_user(argument, &registers, sizeof(call)) ? -EFAULT : 0;
}

static long tell_address(void __user *argument)
{
	struct ffa_calls_chunk chunk;
	struct page *page;

	if (copy_from_user(&chunk, argument, sizeof(chunk)))
		return -EFAULT;
	page = chunk_at(chunk.offset);
	if (!page)
		return -EINVAL;
	chunk.address = page_to_phys(page) + chunk.offset % FFA_CALLS_CHUNK;
	return copy_to_user(argument, &chunk, sizeof(chunk)) ? -EFAULT : 0;
}

static long ffa_calls_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	u64 bytes;

	switch (command) {
	case FFA_CALLS_SMC:
		return make_call((void __user *)argument);
	case FFA_CALLS_RESERVE:
		if (get_user(bytes, (u64 __user *)argument))
			return -EFAULT;
		return reserve(bytes);
	case FFA_CALLS_ADDRESS:
		return tell_address((void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static int ffa_calls_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long at = vma->vm_start;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;

	while (at < vma->vm_end) {
		struct page *page = chunk_at(offset);
		unsigned long size = min_t(unsigned long, vma->vm_end - at,
					   FFA_CALLS_CHUNK - offset % FFA_CALLS_CHUNK);
		int error;

		if (!page)
			return -EINVAL;
		error = remap_pfn_range(
		    vma, at, page_to_pfn(page) + (offset % FFA_CALLS_CHUNK >> PAGE_SHIFT), size,
		    vma->vm_page_prot);
		if (error)
			return error;
		at += size;
		offset += size;
	}
	return 0;
}

static const struct file_operations operations = {
    .owner = THIS_MODULE,
    .unlocked_ioctl = ffa_calls_ioctl,
    .mmap = ffa_calls_mmap,
};

static struct miscdevice device = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "ffa_calls",
    .mode = 0600,
    .fops = &operations,
};

static int __init ffa_calls_init(void)
{
	/* never unloaded: memory that the other world may still have must stay */
	__module_get(THIS_MODULE);
	return misc_register(&device);
}
module_init(ffa_calls_init);
MODULE_DESCRIPTION("SMC calls of programs, to measure what is below");
MODULE_LICENSE("GPL");
