#include "vmm/boot/initramfs.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/boot/archive_fixture.h"
#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/base/fd.h"

namespace vireo::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// What `printf 'module c' | xz --format=xz --check=none` writes.
const std::vector<uint8_t> kCompressed = {
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x00, 0xff, 0x12, 0xd9, 0x41, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00,
    0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x07, 0x6d, 0x6f, 0x64, 0x75, 0x6c, 0x65, 0x20, 0x63, 0x00, 0x00, 0x01,
    0x18, 0x08, 0x40, 0xa5, 0x46, 0xac, 0x06, 0x72, 0x9e, 0x7a, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x59, 0x5a};

class Initramfs : public testing::Test {
 protected:
  Initramfs() {
    put("modules.dep", "a-b.ko: c.ko.xz d.ko\nc.ko.xz: d.ko\nd.ko:\ne.ko: d.ko\n");
    put("modules.builtin", "kernel/drivers/virtio/virtio-pci.ko\n");
    put("a-b.ko", "module a");
    folder.file("c.ko.xz", kCompressed);
    put("d.ko", "module d");
    put("e.ko", "module e");
  }
  void put(const std::string& name, const std::string& text) { folder.file(name, {text.begin(), text.end()}); }
  std::string error_of(const std::vector<std::string>& wanted) {
    try {
      modules_to_load(top(), wanted);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::kBootImage);
      return error.what();
    }
    return "none";
  }
  std::string top() const { return folder.path("."); }

  Folder folder;
};

TEST_F(Initramfs, LoadsWhatAModuleNeedsBeforeIt) {
  EXPECT_THAT(modules_to_load(top(), {"a_b"}), ElementsAre(top() + "/d.ko", top() + "/c.ko.xz", top() + "/a-b.ko"));
}

TEST_F(Initramfs, LoadsEachModuleOnce) {
  EXPECT_THAT(modules_to_load(top(), {"e", "c"}), ElementsAre(top() + "/d.ko", top() + "/e.ko", top() + "/c.ko.xz"));
}

TEST_F(Initramfs, LoadsNothingThatIsBuiltIn) {
  EXPECT_THAT(modules_to_load(top(), {"virtio_pci"}), IsEmpty());
}

TEST_F(Initramfs, FindsTheModuleForADevice) {
  put("modules.alias",
      "# Aliases\nalias pci:v00008086d00001234sv*sd*bc*sc*i* other\n"
      "alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e\n");
  EXPECT_EQ(module_for(top(), "pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00"), "e1000e");
  EXPECT_THROW(module_for(top(), "pci:v00001234d00001111sv00001AF4sd00001100bc03sc00i00"), base::Error);
}

TEST_F(Initramfs, RefusesAModuleThatIsNotThere) {
  EXPECT_THAT(error_of({"nvme"}), HasSubstr("no module nvme in " + top()));
}

TEST_F(Initramfs, RefusesAFolderWithoutModules) {
  ::unlink((top() + "/modules.dep").c_str());
  EXPECT_THAT(error_of({"c"}), HasSubstr("modules.dep"));
}

TEST_F(Initramfs, HoldsTheProgramAndItsModulesUncompressed) {
  const std::vector<uint8_t> program = {'r', 'u', 'n'};
  const std::string path = top() + "/initrd";
  write_initramfs({.init = program, .modules = top(), .wanted = {"c"}}, path);
  EXPECT_THAT(archived_files(base::read_text(path)),
              ElementsAre(Pair("init", "run"), Pair("modules/c.ko", "module c"), Pair("modules/d.ko", "module d"),
                          Pair("modules/order", "d.ko\nc.ko\n")));
}

TEST_F(Initramfs, HoldsFilesAsTheyAre) {
  const std::vector<uint8_t> program = {'r', 'u', 'n'};
  put("library", "text\n\n");
  const std::string path = top() + "/initrd";
  write_initramfs(
      {.init = program, .modules = top(), .wanted = {}, .files = {{"fio/lib/x.so", folder.path("library")}}}, path);
  EXPECT_THAT(archived_files(base::read_text(path)),
              ElementsAre(Pair("fio/lib/x.so", "text\n\n"), Pair("init", "run"), Pair("modules/order", "")));
}

}  // namespace
}  // namespace vireo::boot
