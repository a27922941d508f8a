// Names against the rules: clang-tidy must say so.
namespace tieout {

enum class Side { Buy, kSell };

class Order {
 public:
  explicit Order(int quantity) : m_quantity(quantity) {}
  int signedQuantity(Side side) const { return side == Side::Buy ? m_quantity : -m_quantity; }

 private:
  int m_quantity;
};

int planted() { return Order(1).signedQuantity(Side::kSell); }

}  // namespace tieout
