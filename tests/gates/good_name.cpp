// What bad_name.cpp should look like: clang-tidy finds nothing.
namespace tieout {

enum class Side { kBuy, kSell };

class Order {
 public:
  explicit Order(int quantity) : quantity_(quantity) {}
  int signed_quantity(Side side) const { return side == Side::kBuy ? quantity_ : -quantity_; }

 private:
  int quantity_;
};

int planted() { return Order(1).signed_quantity(Side::kSell); }

}  // namespace tieout
